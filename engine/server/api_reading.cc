#include "engine/server/api_reading.h"

#include <algorithm>

#include "engine/base/redactor.h"
#include "engine/model/access_documents.h"
#include "engine/model/delivery_documents.h"
#include "engine/model/documents.h"
#include "engine/reconcile/app_plan.h"
#include "engine/reconcile/kept_drift.h"
#include "engine/server/api_document.h"
#include "engine/server/api_problem.h"
#include "engine/server/api_query.h"
#include "engine/server/app_cursor.h"
#include "engine/server/log_file.h"
#include "engine/store/event_deliveries.h"

namespace gitops {
namespace {

constexpr std::size_t kMostPages = 64;
constexpr std::size_t kLargestPage = 1024 * 1024;

std::optional<Verdict> ParseVerdict(std::string_view text) {
  for (const Verdict verdict :
       {Verdict::kCreate, Verdict::kUpdate, Verdict::kUnchanged, Verdict::kDelete,
        Verdict::kOrphaned, Verdict::kBlocked, Verdict::kInvalid}) {
    if (ToString(verdict) == text) return verdict;
  }
  return std::nullopt;
}

std::optional<std::string> ParseSort(std::string_view text) {
  for (const std::string_view sort : {"id", "-id", "name", "-name"}) {
    if (sort == text) return std::string(sort);
  }
  return std::nullopt;
}

/// What a page of apps is asked for.
struct AppsWish {
  AppPageQuery page;
  std::string list;  ///< Which list it is a page of: order, filters and what the caller sees.
};

AppsWish ReadAppsWish(ApiQuery& query, const ApiCaller& caller) {
  AppsWish wish;
  AppPageQuery& page = wish.page;
  page.environment = query.Name("environment");
  page.source = query.Name("source");
  page.name_prefix = query.Text("prefix");
  if (page.name_prefix.size() > 63) query.Note("prefix", "a name has " + std::string(kNameRule));
  const auto sync = query.Choice(
      "sync", [](std::string_view text) { return ParseSyncStatus(text); },
      "Synced, OutOfSync, Unknown");
  const auto health = query.Choice(
      "health", [](std::string_view text) { return ParseHealth(text); },
      "Healthy, Suspended, Progressing, Missing, Degraded, Unknown");
  const auto verdict = query.Choice(
      "verdict", [](std::string_view text) { return ParseVerdict(text); },
      "create, update, unchanged, delete, orphaned, blocked, invalid");
  const std::string sort =
      query
          .Choice(
              "sort", [](std::string_view text) { return ParseSort(text); }, "id, -id, name, -name")
          .value_or("id");
  page.order = sort.ends_with("name") ? AppOrder::kName : AppOrder::kId;
  page.descending = sort.starts_with("-");
  page.limit = static_cast<std::size_t>(query.Number("limit", 1, 1000, 100));
  page.matches = [=, scope = caller](const AppRecord& app) {
    return scope.Sees(app.id) && (!sync || app.sync == *sync) &&
           (!health || ShownHealth(app) == *health) &&
           (!verdict || VerdictFromRecord(app) == *verdict);
  };
  for (const std::string_view name :
       {"environment", "source", "prefix", "sync", "health", "verdict"}) {
    wish.list += query.Text(name) + "\n";
  }
  wish.list += sort + "\n" + caller.token().apps;
  if (query.Has("cursor")) {
    page.after = ReadAppCursor(wish.list, query.Text("cursor"));
    if (!page.after)
      query.Note("cursor", "it does not belong to a list with this order and filters");
  }
  return wish;
}

std::string AppsBody(const AppPage& page, const std::string& list) {
  return ApiBody([&](DocumentWriter& writer) {
    writer.Key("apps");
    writer.BeginList();
    for (const AppRecord& record : page.apps) WriteAppHead(writer, StatusOfRecord(record));
    writer.EndList();
    writer.TextOrNull("next", page.next ? WriteAppCursor(list, *page.next) : std::string());
  });
}

Error NoSuchApp() { return MakeError(ErrorKind::kNotFound, "no such app"); }

/// Every step as it is recorded; its outputs may be secret and are not told.
void WriteSteps(DocumentWriter& writer, const RecordedState& recorded) {
  writer.Key("steps");
  writer.BeginList();
  for (const RecordedStep& step : recorded.steps) {
    writer.BeginObject();
    writer.Member("phase", ToString(step.step.address.phase));
    writer.Member("step", step.step.address.step);
    writer.TextOrNull("host", step.step.address.host);
    writer.Member("driver", step.step.driver);
    writer.Member("tainted", step.tainted);
    writer.Member("outcomeUnknown", step.outcome_unknown);
    writer.NumberOrNull("run", step.run);
    writer.EndObject();
  }
  writer.EndList();
}

}  // namespace

HttpResponse ApiReading::Answer(const HttpHead& head, const ApiMatch& match,
                                const ApiCaller& caller) {
  const ApiTarget target = match.endpoint->target;
  if (target == ApiTarget::kApps) return Apps(head, match, caller);
  ApiQuery query(head, match.endpoint->parameters);
  const auto limit = static_cast<int>(query.Number("limit", 1, 1000, 100));
  const std::int64_t before = query.Number("before", 1, INT64_MAX, 0);
  EventFilter events;
  DeliveryFilter deliveries;
  if (target == ApiTarget::kEvents) {
    events.app = query.App();
    events.source = query.Name("source");
    events.after_id = query.Number("after", 1, INT64_MAX, 0);
    events.limit = limit;
  }
  if (target == ApiTarget::kDeliveries) {
    deliveries = {query.Name("source"), before, limit};
  }
  const std::int64_t tail = query.Number("tail", 1, 10'000, 1000);
  if (query.problem()) return ApiProblem(*query.problem(), head.request_id);

  const auto answer = [&]() -> Result<HttpResponse> {
    if (!match.app.name.empty() && !caller.Sees(match.app)) return NoSuchApp();
    switch (target) {
      case ApiTarget::kApp:
        return App(match.app);
      case ApiTarget::kDiff:
        return Diff(match.app);
      case ApiTarget::kHistory:
        return History(match.app, limit);
      case ApiTarget::kSnapshots:
        return Snapshots(match.app);
      case ApiTarget::kEvents:
        return Events(events, caller);
      case ApiTarget::kSources:
        return Sources();
      case ApiTarget::kDeliveries:
        return Deliveries(deliveries);
      case ApiTarget::kAudit:
        return Audit(before, limit);
      case ApiTarget::kRun: {
        ASSIGN_OR_RETURN(const Run run, VisibleRun(match.number, caller));
        return OneRun(run);
      }
      case ApiTarget::kRunLog: {
        ASSIGN_OR_RETURN(const Run run, VisibleRun(match.number, caller));
        return RunLog(run, tail);
      }
      default:
        break;
    }
    CHECK(false);
  }();
  if (answer) return *answer;
  if (answer.error().kind == ErrorKind::kNotFound) {
    return ApiProblem(NotFoundProblem(), head.request_id);
  }
  const Problem problem = ProblemOf(answer.error());
  if (problem.status >= 500) {
    parts_.log.Warning("an API request failed",
                       {{"request", head.request_id}, {"error", answer.error().ToString()}});
  }
  return ApiProblem(problem, head.request_id);
}

HttpResponse ApiReading::Apps(const HttpHead& head, const ApiMatch& match,
                              const ApiCaller& caller) {
  ApiQuery query(head, match.endpoint->parameters);
  const AppsWish wish = ReadAppsWish(query, caller);
  if (query.problem()) return ApiProblem(*query.problem(), head.request_id);
  const std::string key =
      wish.list + "\n" + std::to_string(wish.page.limit) + "\n" + query.Text("cursor");
  // The version is read first: a page is never remembered for a newer one than it was read at.
  const auto version = parts_.listing.Version();
  if (version) {
    if (auto body = Remembered(key, *version)) return ApiAnswer(200, *std::move(body));
  }
  const auto page = parts_.listing.Page(wish.page);
  if (!page) return ApiProblem(ProblemOf(page.error()), head.request_id);
  std::string body = AppsBody(*page, wish.list);
  if (version) Remember(key, *version, body);
  return ApiAnswer(200, std::move(body));
}

std::optional<std::string> ApiReading::Remembered(const std::string& key, std::int64_t version) {
  const std::lock_guard lock(mutex_);
  const auto found = pages_.find(key);
  if (found == pages_.end() || found->second.version != version) return std::nullopt;
  return found->second.body;
}

void ApiReading::Remember(const std::string& key, std::int64_t version, const std::string& body) {
  if (body.size() > kLargestPage) return;
  const std::lock_guard lock(mutex_);
  if (pages_.size() >= kMostPages) pages_.clear();
  pages_[key] = {version, body};
}

Result<HttpResponse> ApiReading::App(const AppId& app) {
  ASSIGN_OR_RETURN(auto record, parts_.store.LoadApp(app));
  if (!record) return NoSuchApp();
  ASSIGN_OR_RETURN(const RecordedState recorded, parts_.store.LoadRecorded(app));
  ASSIGN_OR_RETURN(auto drift, KeptDrift(&parts_.drift, *record));
  AppStatus status = StatusOfRecord(*std::move(record));
  status.drift = std::move(drift);
  ASSIGN_OR_RETURN(status.snapshots, parts_.store.ListSnapshots(app));
  HttpResponse response =
      ApiAnswer(200, ApiBody([&](DocumentWriter& writer) {
                  writer.Key("app");
                  WriteAppStatus(writer, status);
                  writer.Member("serial", static_cast<std::int64_t>(recorded.serial));
                  WriteSteps(writer, recorded);
                }));
  response.headers.Add("ETag", SerialTag(recorded.serial));
  return response;
}

Result<HttpResponse> ApiReading::Diff(const AppId& app) {
  ASSIGN_OR_RETURN(const auto record, parts_.store.LoadApp(app));
  if (!record) return NoSuchApp();
  ASSIGN_OR_RETURN(const ReconcileReport report, parts_.daemon.Reader()->Diff(app.ToString()));
  return ApiAnswer(200,
                   ApiBody([&](DocumentWriter& writer) { WriteReconcileReport(writer, report); }));
}

Result<HttpResponse> ApiReading::History(const AppId& app, int limit) {
  ASSIGN_OR_RETURN(const auto record, parts_.store.LoadApp(app));
  if (!record) return NoSuchApp();
  HistoryReport report;
  report.app = app;
  report.current_snapshot = record->current_snapshot;
  report.pinned_snapshot = record->pinned_snapshot;
  report.rejected = record->rejected;
  ASSIGN_OR_RETURN(report.runs, parts_.store.ListRuns(app, limit));
  ASSIGN_OR_RETURN(report.snapshots, parts_.store.ListSnapshots(app));
  return ApiAnswer(200,
                   ApiBody([&](DocumentWriter& writer) { WriteHistoryReport(writer, report); }));
}

Result<HttpResponse> ApiReading::Snapshots(const AppId& app) {
  ASSIGN_OR_RETURN(const auto record, parts_.store.LoadApp(app));
  if (!record) return NoSuchApp();
  ASSIGN_OR_RETURN(const auto snapshots, parts_.store.ListSnapshots(app));
  return ApiAnswer(200, ApiBody([&](DocumentWriter& writer) {
                     writer.Member("id", app.ToString());
                     WriteSnapshots(writer, snapshots);
                   }));
}

Result<Run> ApiReading::VisibleRun(RunId id, const ApiCaller& caller) {
  ASSIGN_OR_RETURN(const auto run, parts_.store.LoadRun(id));
  if (!run || !caller.Sees(run->plan.app)) return MakeError(ErrorKind::kNotFound, "no such run");
  return *run;
}

Result<HttpResponse> ApiReading::OneRun(const Run& run) {
  return ApiAnswer(200, ApiBody([&](DocumentWriter& writer) {
                     writer.Member("id", run.plan.app.ToString());
                     writer.Key("run");
                     WriteRun(writer, run);
                   }));
}

Result<HttpResponse> ApiReading::RunLog(const Run& run, std::int64_t lines) {
  ASSIGN_OR_RETURN(const LogPiece piece, ReadLogEnd(parts_.run_log_path(run.plan.app, run.id),
                                                    static_cast<std::size_t>(lines)));
  return ApiAnswer(200, ApiBody([&](DocumentWriter& writer) {
                     writer.Member("id", run.plan.app.ToString());
                     writer.Member("run", std::int64_t{run.id});
                     writer.Member("status", ToString(run.status));
                     writer.Member("end", piece.end);
                     writer.Texts("lines", piece.lines);
                   }));
}

Result<HttpResponse> ApiReading::Events(const EventFilter& filter, const ApiCaller& caller) {
  if (filter.app && !caller.Sees(*filter.app)) return NoSuchApp();
  ASSIGN_OR_RETURN(auto events, parts_.store.ListEvents(filter));
  const std::int64_t last = events.empty() ? filter.after_id : events.back().id;
  std::erase_if(events, [&](const Event& event) {
    return !caller.SeesAll() && !(event.app && caller.Sees(*event.app));
  });
  ASSIGN_OR_RETURN(const auto deliveries, FindDeliveries(parts_.deliveries, events));
  return ApiAnswer(200, ApiBody([&](DocumentWriter& writer) {
                     WriteEvents(writer, events, deliveries);
                     writer.NumberOrNull("last", last);
                   }));
}

Result<HttpResponse> ApiReading::Sources() {
  ASSIGN_OR_RETURN(const auto records, parts_.store.LoadSources());
  std::map<std::string, SourceReport> sources;
  for (const SourceSpec& spec : parts_.daemon.Configuration()->sources) {
    sources[spec.name].name = spec.name;
    sources[spec.name].url = spec.url;
    sources[spec.name].environment = spec.environment;
  }
  for (const SourceRecord& record : records) {
    SourceReport& source = sources[record.name];
    source.name = record.name;
    source.url = record.url;
    source.environment = record.environment;
    source.revision = record.revision;
    source.error = record.error;
  }
  std::vector<SourceReport> reports;
  for (auto& [name, source] : sources) {
    source.url = Redactor().Redact(source.url);
    reports.push_back(std::move(source));
  }
  return ApiAnswer(200, ApiBody([&](DocumentWriter& writer) { WriteSources(writer, reports); }));
}

Result<HttpResponse> ApiReading::Deliveries(const DeliveryFilter& filter) {
  ASSIGN_OR_RETURN(const auto deliveries, parts_.deliveries.ListDeliveries(filter));
  const bool full = deliveries.size() == static_cast<std::size_t>(filter.limit);
  return ApiAnswer(200, ApiBody([&](DocumentWriter& writer) {
                     writer.Key("deliveries");
                     writer.BeginList();
                     for (const Delivery& delivery : deliveries) WriteDelivery(writer, delivery);
                     writer.EndList();
                     writer.NumberOrNull("next", full ? deliveries.back().id : 0);
                   }));
}

Result<HttpResponse> ApiReading::Audit(std::int64_t before, int limit) {
  ASSIGN_OR_RETURN(const auto entries, parts_.audit.List(before, limit));
  const bool full = entries.size() == static_cast<std::size_t>(limit);
  return ApiAnswer(200, ApiBody([&](DocumentWriter& writer) {
                     writer.Key("entries");
                     writer.BeginList();
                     for (const AuditEntry& entry : entries) WriteAuditEntry(writer, entry);
                     writer.EndList();
                     writer.NumberOrNull("next", full ? entries.back().id : 0);
                   }));
}

}  // namespace gitops
