#include "engine/store/operation_store.h"

#include <utility>

namespace gitops {
namespace {

constexpr int kAcceptedStatus = 202;

constexpr const char* kSelect =
    "SELECT id, actor, address, action, target, request, environment, name, body, asked_by, exact, "
    "serial, last_run, asked_at_ms, ended_at_ms, document FROM operation";

Operation ReadOperation(const Query& row) {
  Operation operation;
  operation.id = row.Int64(0);
  operation.note.actor = row.Text(1);
  operation.note.address = row.Text(2);
  operation.note.action = row.Text(3);
  operation.note.target = row.Text(4);
  operation.note.request_id = row.Text(5);
  operation.app = {row.Text(6), row.Text(7)};
  operation.body = row.Text(8);
  operation.by = row.Text(9);
  operation.exact = row.Bool(10);
  operation.serial = static_cast<std::uint64_t>(row.Int64(11));
  operation.last_run = row.Int64(12);
  operation.asked = row.Time(13);
  operation.ended = row.OptionalTime(14);
  operation.document = row.Text(15);
  return operation;
}

/// Gives it its number.
Status Insert(Connection& connection, Operation& operation) {
  const AuditNote& note = operation.note;
  RETURN_IF_ERROR(connection.Run(
      "INSERT INTO operation (actor, address, action, target, request, environment, name, body, "
      "asked_by, exact, serial, last_run, asked_at_ms, document) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
      note.actor, note.address, note.action, note.target, note.request_id,
      operation.app.environment, operation.app.name, operation.body, operation.by, operation.exact,
      operation.serial, operation.last_run, operation.asked));
  ASSIGN_OR_RETURN(const auto id, connection.Number("SELECT last_insert_rowid()"));
  operation.id = id.value_or(0);
  return connection.Run("DELETE FROM operation WHERE ended_at_ms IS NOT NULL AND id <= ?",
                        operation.id - OperationStore::kKept);
}

}  // namespace

Result<Operation> OperationStore::Accept(
    Operation operation, const std::optional<IdempotencyKey>& key,
    const std::function<std::string(const Operation&)>& answer) {
  return database_->Write([&](Connection& connection) -> Result<Operation> {
    if (operation.id == 0) RETURN_IF_ERROR(Insert(connection, operation));
    AuditNote note = operation.note;
    note.result = "accepted";
    note.detail = "operation " + std::to_string(operation.id);
    ASSIGN_OR_RETURN([[maybe_unused]] const AuditEntry entry, audit_.AppendIn(connection, note));
    if (key) {
      RETURN_IF_ERROR(keys_.FinishIn(connection, *key, kAcceptedStatus, answer(operation)));
    }
    return operation;
  });
}

Status OperationStore::End(std::int64_t id, const std::string& document) {
  return database_->Write([&](Connection& connection) {
    return connection.Run(
        "UPDATE operation SET ended_at_ms = ?, document = ? WHERE id = ? AND ended_at_ms IS NULL",
        database_->clock().Now(), document, id);
  });
}

Result<std::optional<Operation>> OperationStore::Load(std::int64_t id) {
  return database_->Read([&](Connection& connection) -> Result<std::optional<Operation>> {
    Query query(connection, std::string(kSelect) + " WHERE id = ?");
    query.Bind(id);
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return std::optional<Operation>();
    return std::optional(ReadOperation(query));
  });
}

Result<std::vector<Operation>> OperationStore::Unfinished() {
  return database_->Read([&](Connection& connection) -> Result<std::vector<Operation>> {
    Query query(connection, std::string(kSelect) + " WHERE ended_at_ms IS NULL ORDER BY id");
    std::vector<Operation> operations;
    while (true) {
      ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) return operations;
      operations.push_back(ReadOperation(query));
    }
  });
}

}  // namespace gitops
