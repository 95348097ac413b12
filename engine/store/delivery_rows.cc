#include "engine/store/delivery_rows.h"

#include <algorithm>
#include <map>

#include "engine/store/look_rows.h"

namespace gitops {
namespace {

/// The first look that reached the delivery's request answered it.
constexpr const char* kSelectDelivery =
    "SELECT d.id, d.source, d.provider, d.delivery_id, d.body_sha256, d.received_at_ms,"
    " d.kind, d.summary, d.outcome, d.asked, d.repeats, d.event, l.id, l.number, l.at_ms,"
    " l.result, l.apps, d.request"
    " FROM delivery AS d LEFT JOIN source_look AS l ON d.asked > 0 AND l.id ="
    " (SELECT id FROM source_look WHERE source = d.source AND number >= d.asked"
    "  ORDER BY number LIMIT 1)";

Result<Delivery> ReadDelivery(const Query& row) {
  Delivery delivery;
  delivery.id = row.Int64(0);
  delivery.source = row.Text(1);
  delivery.provider = row.Text(2);
  delivery.delivery_id = row.Text(3);
  delivery.body_sha256 = row.Text(4);
  delivery.received = row.Time(5);
  delivery.kind = row.Text(6);
  delivery.summary = row.Text(7);
  ASSIGN_OR_RETURN(delivery.outcome,
                   Known(DeliveryOutcomeFrom(row.Text(8)), "outcome", row.Text(8)));
  delivery.asked = static_cast<std::uint64_t>(row.Int64(9));
  delivery.repeats = row.Int(10);
  delivery.event = row.Int64(11);
  delivery.request_id = row.Text(17);
  if (!row.IsNull(12)) {
    delivery.look = AnsweringLook{.number = static_cast<std::uint64_t>(row.Int64(13)),
                                  .time = row.Time(14),
                                  .result = row.Text(15),
                                  .changed = static_cast<std::size_t>(row.Int64(16)),
                                  .apps = {}};
  }
  return delivery;
}

}  // namespace

Result<std::optional<WaitingDelivery>> FindWaitingDeliveryRow(Connection& connection,
                                                              const std::string& source,
                                                              const std::string& delivery_id,
                                                              std::uint64_t looked) {
  Query query(connection, kWaitingDelivery);
  query.Bind(source).Bind(delivery_id).Bind(looked);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::optional<WaitingDelivery>();
  return std::optional(WaitingDelivery{query.Int64(0), static_cast<std::uint64_t>(query.Int64(1))});
}

Status RepeatDeliveryRow(Connection& connection, std::int64_t id) {
  return connection.Run("UPDATE delivery SET repeats = repeats + 1 WHERE id = ?", id);
}

Result<std::int64_t> InsertDeliveryRow(Connection& connection, const Delivery& delivery) {
  RETURN_IF_ERROR(connection.Run(
      "INSERT INTO delivery (source, provider, delivery_id, body_sha256, received_at_ms, kind,"
      " summary, outcome, asked, repeats, event, request)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
      delivery.source, delivery.provider, delivery.delivery_id, delivery.body_sha256,
      delivery.received, delivery.kind, delivery.summary, ToString(delivery.outcome),
      delivery.asked, delivery.event, delivery.request_id));
  return connection.LastInsertId();
}

Result<std::optional<Delivery>> FindCauseRow(Connection& connection, RunId run) {
  ASSIGN_OR_RETURN(const std::optional<CausingLook> look, FindCausingLook(connection, run));
  if (!look) return std::optional<Delivery>();
  // The newest one that it answered; polls and people ask for looks, too.
  Query query(connection, std::string(kSelectDelivery) +
                              " WHERE d.source = ? AND d.asked > 0 AND d.asked <= ?"
                              " ORDER BY d.id DESC LIMIT 1");
  query.Bind(look->source).Bind(look->number);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found || query.Int64(12) != look->id) return std::optional<Delivery>();
  ASSIGN_OR_RETURN(Delivery delivery, ReadDelivery(query));
  return std::optional(std::move(delivery));
}

Result<std::vector<Delivery>> ListDeliveryRows(Connection& connection,
                                               const DeliveryFilter& filter) {
  std::string condition;
  if (!filter.source.empty()) condition += " AND d.source = ?";
  if (filter.before_id > 0) condition += " AND d.id < ?";
  // "> 0" is the index's own condition, which lets SQLite use it.
  if (filter.last_event > 0) condition += " AND d.event > 0 AND d.event BETWEEN ? AND ?";
  Query query(connection, std::string(kSelectDelivery) + " WHERE 1" + condition +
                              " ORDER BY d.id DESC LIMIT ?");
  if (!filter.source.empty()) query.Bind(filter.source);
  if (filter.before_id > 0) query.Bind(filter.before_id);
  if (filter.last_event > 0) query.Bind(filter.first_event).Bind(filter.last_event);
  query.Bind(std::max(filter.limit, 0));
  std::map<std::int64_t, std::vector<CausedWork>> caused;  // Many deliveries have the same look.
  std::vector<Delivery> deliveries;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return deliveries;
    ASSIGN_OR_RETURN(Delivery delivery, ReadDelivery(query));
    if (delivery.look && delivery.look->changed > 0) {
      const auto [look, fresh] = caused.try_emplace(query.Int64(12));
      if (fresh) {
        ASSIGN_OR_RETURN(look->second, ListCausedWork(connection, look->first));
      }
      delivery.look->apps = look->second;
    }
    deliveries.push_back(std::move(delivery));
  }
}

}  // namespace gitops
