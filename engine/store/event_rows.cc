#include "engine/store/event_rows.h"

#include <algorithm>

namespace gitops {
namespace {

constexpr Severity kSeverities[] = {Severity::kError, Severity::kWarning, Severity::kNote};

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  CHECK(false);
}

Result<Severity> SeverityFrom(const std::string& name) {
  for (const Severity severity : kSeverities) {
    if (SeverityName(severity) == name) return severity;
  }
  return UnknownStoredValue("severity", name);
}

Result<Event> ReadEvent(const Query& row) {
  Event event;
  event.id = row.Int64(0);
  event.time = row.Time(1);
  ASSIGN_OR_RETURN(event.severity, SeverityFrom(row.Text(2)));
  event.type = row.Text(3);
  event.source = row.Text(4);
  if (AppId app{row.Text(5), row.Text(6)}; !app.name.empty()) event.app = std::move(app);
  event.run = row.Int64(7);
  event.message = row.Text(8);
  return event;
}

}  // namespace

Status AppendEventRow(Connection& connection, const Event& event, WallTime now) {
  const AppId app = event.app.value_or(AppId{});
  return connection.Run(
      "INSERT INTO event (at_ms, severity, type, source, environment, name, run, message) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      event.time == WallTime{} ? now : event.time, SeverityName(event.severity), event.type,
      event.source, app.environment, app.name, event.run, event.message);
}

Status PruneEventRows(Connection& connection, std::int64_t keep) {
  return PruneOldestRows(connection, "event", keep);
}

Result<std::vector<Event>> ListEventRowsAfter(Connection& connection, std::int64_t id, int limit) {
  Query query(connection,
              "SELECT id, at_ms, severity, type, source, environment, name, run, message "
              "FROM event WHERE id > ? ORDER BY id LIMIT ?");
  query.Bind(id).Bind(std::max(limit, 0));
  std::vector<Event> events;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return events;
    ASSIGN_OR_RETURN(Event event, ReadEvent(query));
    events.push_back(std::move(event));
  }
}

Result<std::vector<Event>> ListEventRows(Connection& connection, const EventFilter& filter) {
  std::string condition = "id > ?";
  if (filter.app) condition += " AND environment = ? AND name = ? AND name <> ''";
  if (!filter.source.empty()) condition += " AND source = ? AND source <> ''";
  // Without a starting point the newest are wanted, as `tail` gives them.
  const std::string order = filter.after_id > 0 ? "ASC" : "DESC";
  Query query(connection,
              "SELECT id, at_ms, severity, type, source, environment, name, run, message "
              "FROM event WHERE " +
                  condition + " ORDER BY id " + order + " LIMIT ?");
  query.Bind(filter.after_id);
  if (filter.app) query.Bind(filter.app->environment).Bind(filter.app->name);
  if (!filter.source.empty()) query.Bind(filter.source);
  query.Bind(std::max(filter.limit, 0));
  std::vector<Event> events;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) break;
    ASSIGN_OR_RETURN(Event event, ReadEvent(query));
    events.push_back(std::move(event));
  }
  if (filter.after_id <= 0) std::reverse(events.begin(), events.end());
  return events;
}

}  // namespace gitops
