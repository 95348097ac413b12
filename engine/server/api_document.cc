#include "engine/server/api_document.h"

#include "engine/base/timestamp.h"
#include "engine/model/documents.h"
#include "engine/model/json_writer.h"
#include "engine/reconcile/app_plan.h"

namespace gitops {
namespace {

std::string_view NameOf(Progress::Kind kind) {
  switch (kind) {
    case Progress::Kind::kSourceStarted:
      return "sourceStarted";
    case Progress::Kind::kSourceFinished:
      return "sourceFinished";
    case Progress::Kind::kAppStarted:
      return "appStarted";
    case Progress::Kind::kActionStarted:
      return "actionStarted";
    case Progress::Kind::kActionFinished:
      return "actionFinished";
    case Progress::Kind::kAppFinished:
      break;
  }
  return "appFinished";
}

void WriteProgress(DocumentWriter& writer, const std::vector<ProgressBook::Line>& lines) {
  writer.Key("progress");
  writer.BeginList();
  for (const ProgressBook::Line& line : lines) {
    writer.BeginObject();
    writer.Member("number", static_cast<std::int64_t>(line.number));
    writer.Member("kind", NameOf(line.progress.kind));
    writer.Member("subject", line.progress.subject);
    writer.TextOrNull("step", line.progress.step);
    writer.TextOrNull("detail", line.progress.detail);
    writer.Member("failed", line.progress.failed);
    writer.EndObject();
  }
  writer.EndList();
}

void WriteStats(DocumentWriter& writer, const std::optional<CounterValues>& stats) {
  writer.Key("stats");
  if (!stats) return writer.Null();
  writer.BeginObject();
  for (std::size_t i = 0; i < stats->size(); ++i) writer.Count(kCounterNames[i].key, (*stats)[i]);
  writer.EndObject();
}

}  // namespace

std::string ApiBody(const std::function<void(DocumentWriter&)>& fill) {
  std::string body;
  JsonWriter writer(body, JsonLayout::kCompact);
  writer.BeginObject();
  writer.Member("apiVersion", "tfgrid-compose/v1");
  fill(writer);
  writer.EndObject();
  body += '\n';
  return body;
}

HttpResponse ApiAnswer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.headers.Add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

AppStatus StatusOfRecord(AppRecord record) {
  AppStatus status;
  status.verdict = VerdictFromRecord(record);
  record.health = ShownHealth(record);
  status.record = std::move(record);
  return status;
}

std::string AppBody(const AppStatus& status) {
  return ApiBody([&](DocumentWriter& writer) {
    writer.Key("app");
    WriteAppStatus(writer, status);
    writer.Member("serial", static_cast<std::int64_t>(status.record.recorded_serial));
  });
}

std::string OperationBody(const Ticket& ticket, const OperationNews& news) {
  return ApiBody([&](DocumentWriter& writer) {
    writer.Key("operation");
    writer.BeginObject();
    writer.Member("id", static_cast<std::int64_t>(ticket.id));
    writer.Member("what", ticket.what);
    writer.Member("state", ToString(ticket.state));
    writer.Member("by", ticket.by);
    writer.Member("askedAt", FormatTimestamp(ticket.asked));
    writer.TextOrNull("endedAt", ticket.ended ? FormatTimestamp(*ticket.ended) : std::string());
    writer.Key("error");
    if (ticket.error) {
      WriteError(writer, *ticket.error);
    } else {
      writer.Null();
    }
    writer.Key("report");
    if (ticket.report) {
      writer.BeginObject();
      WriteReconcileReport(writer, *ticket.report);
      writer.EndObject();
    } else {
      writer.Null();
    }
    WriteProgress(writer, news.progress);
    WriteStats(writer, news.stats);
    writer.EndObject();
  });
}

std::string SerialTag(std::uint64_t serial) { return "\"" + std::to_string(serial) + "\""; }

}  // namespace gitops
