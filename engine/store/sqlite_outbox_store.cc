#include "engine/store/sqlite_outbox_store.h"

#include <algorithm>
#include <utility>

#include "engine/store/event_rows.h"
#include "engine/store/outbox_rows.h"
#include "engine/store/state_database.h"

namespace gitops {
namespace {

/// States of commits are only remembered to spare the forge; nobody asks about last month's.
constexpr auto kStatusMemory = std::chrono::hours(24 * 30);
constexpr const char* kStatusTopics = "status:";

Result<std::size_t> DropOldest(Connection& connection, std::size_t most_waiting) {
  ASSIGN_OR_RETURN(const auto count, connection.Number("SELECT COUNT(*) FROM outbox"));
  const auto waiting = static_cast<std::size_t>(count.value_or(0));
  if (waiting <= most_waiting) return std::size_t{0};
  const std::size_t over = waiting - most_waiting;
  RETURN_IF_ERROR(
      connection.Run("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ?)",
                     static_cast<std::int64_t>(over)));
  return over;
}

class SqliteOutboxStore : public OutboxStore {
 public:
  explicit SqliteOutboxStore(std::shared_ptr<StateDatabase> database)
      : database_(std::move(database)) {}

  Result<std::vector<Event>> UnreadEvents(int limit) override {
    return database_->Read([&](Connection& connection) -> Result<std::vector<Event>> {
      ASSIGN_OR_RETURN(const auto read_to, connection.Number("SELECT event FROM outbox_reader"));
      return ListEventRowsAfter(connection, read_to.value_or(0), limit);
    });
  }

  Result<std::optional<Told>> LoadTold(const std::string& topic) override {
    return database_->Read([&](Connection& connection) { return LoadToldRow(connection, topic); });
  }

  Result<std::size_t> Enqueue(const OutboxChange& change, std::size_t most_waiting) override {
    return database_->Write([&](Connection& connection) -> Result<std::size_t> {
      if (change.read_to) {
        RETURN_IF_ERROR(connection.Run("UPDATE outbox_reader SET event = ?1 WHERE event < ?1",
                                       *change.read_to));
      }
      for (const OutboxEntry& entry : change.entries) {
        RETURN_IF_ERROR(InsertOutboxRow(connection, entry));
      }
      for (const OutboxEntry& entry : change.replacing) {
        RETURN_IF_ERROR(DeleteOutboxRows(connection, entry.target, entry.topic));
        RETURN_IF_ERROR(InsertOutboxRow(connection, entry));
      }
      for (const Told& told : change.told) RETURN_IF_ERROR(SaveToldRow(connection, told));
      if (!change.replacing.empty()) {
        RETURN_IF_ERROR(
            ForgetToldRows(connection, kStatusTopics, database_->clock().Now() - kStatusMemory));
      }
      return DropOldest(connection, most_waiting);
    });
  }

  Result<std::vector<OutboxEntry>> DueEntries(WallTime now, int limit) override {
    return database_->Read(
        [&](Connection& connection) { return ListDueOutboxRows(connection, now, limit); });
  }

  Result<std::optional<WallTime>> NextDue() override {
    return database_->Read([&](Connection& connection) -> Result<std::optional<WallTime>> {
      // A later entry of a topic waits for the first one, whenever it is due itself.
      ASSIGN_OR_RETURN(
          const auto next,
          connection.Number("SELECT MIN(next_at_ms) FROM outbox AS o WHERE NOT EXISTS"
                            " (SELECT 1 FROM outbox AS earlier WHERE earlier.target = o.target"
                            " AND earlier.topic = o.topic AND earlier.id < o.id)"));
      if (!next) return std::optional<WallTime>();
      return std::optional(WallTime(std::chrono::milliseconds(*next)));
    });
  }

  Result<std::size_t> CountWaiting() override {
    return database_->Read([&](Connection& connection) -> Result<std::size_t> {
      ASSIGN_OR_RETURN(const auto count, connection.Number("SELECT COUNT(*) FROM outbox"));
      return static_cast<std::size_t>(count.value_or(0));
    });
  }

  Status MarkDelivered(std::int64_t id) override {
    return database_->Write([&](Connection& connection) {
      return connection.Run("DELETE FROM outbox WHERE id = ?", id);
    });
  }

  Status Postpone(std::int64_t id, WallTime next, const std::string& error) override {
    return database_->Write([&](Connection& connection) {
      return connection.Run(
          "UPDATE outbox SET attempts = attempts + 1, next_at_ms = ?, error = ? WHERE id = ?", next,
          error, id);
    });
  }

  Status GiveUp(std::int64_t id, const Event& event) override {
    return database_->Write([&](Connection& connection) -> Status {
      RETURN_IF_ERROR(connection.Run("DELETE FROM outbox WHERE id = ?", id));
      RETURN_IF_ERROR(AppendEventRow(connection, event, database_->clock().Now()));
      return PruneEventRows(connection, database_->options().max_events);
    });
  }

  Status DropTarget(const std::string& target) override {
    return database_->Write([&](Connection& connection) {
      return connection.Run("DELETE FROM outbox WHERE target = ?", target);
    });
  }

 private:
  const std::shared_ptr<StateDatabase> database_;
};

}  // namespace

std::unique_ptr<OutboxStore> MakeSqliteOutboxStore(std::shared_ptr<StateDatabase> database) {
  return std::make_unique<SqliteOutboxStore>(std::move(database));
}

}  // namespace gitops
