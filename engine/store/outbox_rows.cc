#include "engine/store/outbox_rows.h"

namespace gitops {
namespace {

Result<NotificationKind> ReadKind(const std::string& text) {
  return Known(ParseNotificationKind(text), "kind", text);
}

Result<OutboxEntry> ReadEntry(const Query& row) {
  OutboxEntry entry;
  entry.id = row.Int64(0);
  entry.target = row.Text(1);
  entry.topic = row.Text(2);
  Notification& notification = entry.notification;
  ASSIGN_OR_RETURN(notification.kind, ReadKind(row.Text(3)));
  notification.source = row.Text(4);
  if (AppId app{row.Text(5), row.Text(6)}; !app.name.empty()) notification.app = std::move(app);
  notification.revision.ref = row.Text(7);
  ASSIGN_OR_RETURN(notification.revision.commit, row.Id(8));
  notification.run = row.Int64(9);
  notification.message = row.Text(10);
  notification.time = row.Time(11);
  entry.attempts = row.Int(12);
  entry.next = row.Time(13);
  entry.error = row.Text(14);
  return entry;
}

}  // namespace

Status InsertOutboxRow(Connection& connection, const OutboxEntry& entry) {
  const Notification& notification = entry.notification;
  const AppId app = notification.app.value_or(AppId{});
  return connection.Run(
      "INSERT INTO outbox (target, topic, kind, source, environment, name, revision_ref,"
      " revision_commit, run, message, at_ms, attempts, next_at_ms, error)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      entry.target, entry.topic, ToString(notification.kind), notification.source, app.environment,
      app.name, notification.revision.ref, notification.revision.commit, notification.run,
      notification.message, notification.time, entry.attempts, entry.next, entry.error);
}

Status DeleteOutboxRows(Connection& connection, const std::string& target,
                        const std::string& topic) {
  return connection.Run("DELETE FROM outbox WHERE target = ? AND topic = ?", target, topic);
}

Result<std::vector<OutboxEntry>> ListDueOutboxRows(Connection& connection, WallTime now,
                                                   int limit) {
  Query query(connection,
              "SELECT id, target, topic, kind, source, environment, name, revision_ref,"
              " revision_commit, run, message, at_ms, attempts, next_at_ms, error FROM outbox AS o"
              " WHERE next_at_ms <= ? AND NOT EXISTS (SELECT 1 FROM outbox AS earlier"
              " WHERE earlier.target = o.target AND earlier.topic = o.topic AND earlier.id < o.id)"
              " ORDER BY id LIMIT ?");
  query.Bind(now).Bind(limit);
  std::vector<OutboxEntry> entries;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return entries;
    ASSIGN_OR_RETURN(OutboxEntry entry, ReadEntry(query));
    entries.push_back(std::move(entry));
  }
}

Status SaveToldRow(Connection& connection, const Told& told) {
  return connection.Run(
      "INSERT INTO told (topic, kind, revision_commit, at_ms) VALUES (?, ?, ?, ?)"
      " ON CONFLICT (topic) DO UPDATE SET kind = excluded.kind,"
      " revision_commit = excluded.revision_commit, at_ms = excluded.at_ms",
      told.topic, ToString(told.kind), told.commit, told.time);
}

Result<std::optional<Told>> LoadToldRow(Connection& connection, const std::string& topic) {
  Query query(connection, "SELECT kind, revision_commit, at_ms FROM told WHERE topic = ?");
  query.Bind(topic);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::optional<Told>();
  Told told;
  told.topic = topic;
  ASSIGN_OR_RETURN(told.kind, ReadKind(query.Text(0)));
  ASSIGN_OR_RETURN(told.commit, query.Id(1));
  told.time = query.Time(2);
  return std::optional(std::move(told));
}

Status ForgetToldRows(Connection& connection, const std::string& beginning, WallTime before) {
  return connection.Run("DELETE FROM told WHERE substr(topic, 1, ?) = ? AND at_ms < ?",
                        static_cast<std::int64_t>(beginning.size()), beginning, before);
}

}  // namespace gitops
