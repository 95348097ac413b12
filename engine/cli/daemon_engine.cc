#include "engine/cli/daemon_engine.h"

#include <utility>

#include "engine/model/json_writer.h"
#include "engine/reconcile/source_specs.h"

namespace gitops {
namespace {

std::string Body(const std::function<void(DocumentWriter&)>& fill) {
  std::string text;
  JsonWriter writer(text, JsonLayout::kCompact);
  writer.BeginObject();
  fill(writer);
  writer.EndObject();
  return text;
}

void WriteName(DocumentWriter& writer, std::string_view member, const std::string& name) {
  if (!name.empty()) writer.Member(member, name);
}

}  // namespace

Result<ReconcileReport> DaemonEngine::Carry(const std::string& path, const std::string& body,
                                            const AppViewer& view, std::stop_token stop) {
  ASSIGN_OR_RETURN(OperationAnswer answer,
                   client_.Carry(path, body, view, progress_, std::move(stop)));
  if (answer.stats) {
    for (std::size_t i = 0; i < answer.stats->size(); ++i) {
      Count(counters_.*kCounterNames[i].counter, (*answer.stats)[i]);
    }
  }
  if (answer.report) return *std::move(answer.report);
  // It is the daemon that was stopped, not this command.
  if (answer.state == "cancelled") {
    return MakeError(ErrorKind::kUnknownOutcome, "the daemon stopped",
                     "operation " + std::to_string(answer.id) +
                         " was not carried out to its end; a daemon that starts again takes it up "
                         "where that is safe, or says why not",
                     "see where things are: tfgrid-compose status");
  }
  return *std::move(answer.error);
}

Result<ReconcileReport> DaemonEngine::Reconcile(const ReconcileRequest& request,
                                                std::stop_token stop) {
  if (!request.source.empty() && FindSource(config_, request.source) == nullptr) {
    return UnknownSource(config_, request.source);
  }
  const std::string body = Body([&](DocumentWriter& writer) {
    writer.Texts("apps", request.apps);
    WriteName(writer, "source", request.source);
    WriteName(writer, "environment", request.environment);
    writer.Member("dryRun", request.dry_run);
    writer.Member("prune", request.prune);
    writer.Member("full", request.full);
    writer.Member("listAll", request.list_all);
  });
  return Carry("reconcile", body, request.view, std::move(stop));
}

Result<std::string> DaemonEngine::PathOf(const std::string& app) {
  ASSIGN_OR_RETURN(const StatusReport report, reader_.GetStatus(app));
  return "apps/" + report.apps.at(0).record.id.ToString();
}

Result<AppStatus> DaemonEngine::Suspend(const std::string& app, const std::string& reason) {
  ASSIGN_OR_RETURN(const std::string path, PathOf(app));
  const std::string body = Body([&](DocumentWriter& writer) { writer.Member("reason", reason); });
  ASSIGN_OR_RETURN(const std::string answer, client_.Post(path + "/suspend", body, {}));
  return ReadAppAnswer(answer);
}

Result<AppStatus> DaemonEngine::Resume(const std::string& app) {
  ASSIGN_OR_RETURN(const std::string path, PathOf(app));
  ASSIGN_OR_RETURN(const std::string answer, client_.Post(path + "/resume", "", {}));
  return ReadAppAnswer(answer);
}

Result<ReconcileReport> DaemonEngine::Rollback(const RollbackRequest& request,
                                               std::stop_token stop) {
  ASSIGN_OR_RETURN(const std::string path, PathOf(request.app));
  const std::string body = Body([&](DocumentWriter& writer) {
    if (request.to) writer.Member("to", std::int64_t{*request.to});
    writer.Member("dryRun", request.dry_run);
    writer.Member("revert", request.revert);
  });
  return Carry(path + "/rollback", body, {}, std::move(stop));
}

Result<ReconcileReport> DaemonEngine::Up(const UpRequest& request, std::stop_token stop) {
  const std::string body = Body([&](DocumentWriter& writer) {
    writer.Member("path", request.path);
    WriteName(writer, "environment", request.environment);
    writer.Member("dryRun", request.dry_run);
  });
  return Carry("up", body, {}, std::move(stop));
}

Result<ReconcileReport> DaemonEngine::Down(const std::string& app, bool dry_run,
                                           std::stop_token stop) {
  ASSIGN_OR_RETURN(const std::string path, PathOf(app));
  const std::string body = Body([&](DocumentWriter& writer) { writer.Member("dryRun", dry_run); });
  return Carry(path + "/down", body, {}, std::move(stop));
}

}  // namespace gitops
