#include "engine/store/sqlite_delivery_store.h"

#include <chrono>
#include <utility>

#include "engine/base/mark.h"
#include "engine/store/delivery_rows.h"
#include "engine/store/event_rows.h"
#include "engine/store/look_rows.h"
#include "engine/store/request_rows.h"
#include "engine/store/row_pruning.h"
#include "engine/store/state_database.h"

namespace gitops {
namespace {

/// Providers wait 10 s for an answer (GitHub: docs.github.com, "Best practices for using
/// webhooks"). Twice this is waited at most, so that they get one.
constexpr std::chrono::milliseconds kPatience{2'000};

/// Why a delivery asks: "github push".
std::string AskedBy(const Delivery& delivery) {
  return delivery.provider + (delivery.kind.empty() ? "" : " ") + delivery.kind;
}

Result<DeliveryReceipt> RecordDelivery(Connection& connection, const NewDelivery& fresh,
                                       WallTime now) {
  Delivery delivery = fresh.delivery;
  delivery.asked = 0;
  if (delivery.outcome == DeliveryOutcome::kAccepted) {
    if (!delivery.delivery_id.empty()) {
      ASSIGN_OR_RETURN(const SourceRequest request, LoadRequestRow(connection, delivery.source));
      ASSIGN_OR_RETURN(const auto waiting,
                       FindWaitingDeliveryRow(connection, delivery.source, delivery.delivery_id,
                                              request.looked));
      if (waiting) {
        REACHED("delivery: it came again while the first one waited");
        RETURN_IF_ERROR(RepeatDeliveryRow(connection, waiting->id));
        return DeliveryReceipt{.id = waiting->id, .asked = waiting->asked, .repeated = true};
      }
    }
    ASSIGN_OR_RETURN(delivery.asked, RaiseRequestRow(connection, delivery.source, AskedBy(delivery),
                                                     delivery.received));
  }
  delivery.event = 0;
  if (fresh.event) {
    RETURN_IF_ERROR(AppendEventRow(connection, *fresh.event, now));
    delivery.event = connection.LastInsertId();
  }
  ASSIGN_OR_RETURN(const std::int64_t id, InsertDeliveryRow(connection, delivery));
  return DeliveryReceipt{.id = id, .asked = delivery.asked};
}

class SqliteDeliveryStore : public DeliveryStore {
 public:
  explicit SqliteDeliveryStore(std::shared_ptr<StateDatabase> database)
      : database_(std::move(database)) {}

  Result<std::vector<DeliveryReceipt>> RecordDeliveries(
      const std::vector<NewDelivery>& deliveries) override {
    const auto record = [&](Connection& connection) -> Result<std::vector<DeliveryReceipt>> {
      const WallTime now = database_->clock().Now();
      std::vector<DeliveryReceipt> receipts;
      receipts.reserve(deliveries.size());
      for (const NewDelivery& fresh : deliveries) {
        ASSIGN_OR_RETURN(const DeliveryReceipt receipt, RecordDelivery(connection, fresh, now));
        receipts.push_back(receipt);
      }
      RETURN_IF_ERROR(PruneOldestRows(connection, "delivery", database_->options().max_deliveries));
      RETURN_IF_ERROR(PruneEventRows(connection, database_->options().max_events));
      return receipts;
    };
    return database_->WriteSoon(kPatience, record);
  }

  Result<std::uint64_t> AskForSource(const std::string& source, std::string_view why) override {
    return database_->Write([&](Connection& connection) {
      return RaiseRequestRow(connection, source, why, database_->clock().Now());
    });
  }

  Result<std::vector<SourceRequest>> SourceRequests() override {
    return database_->Read([](Connection& connection) { return ListRequestRows(connection); });
  }

  Result<SourceRequest> LoadSourceRequest(const std::string& source) override {
    return database_->Read(
        [&](Connection& connection) { return LoadRequestRow(connection, source); });
  }

  Status MarkLooked(const std::string& source, std::uint64_t number,
                    const LookNote& note) override {
    return database_->Write([&](Connection& connection) -> Status {
      ASSIGN_OR_RETURN(const std::uint64_t answered, AnswerRequestRow(connection, source, number));
      if (answered == 0) return {};
      return InsertLookRow(connection, source, answered, database_->clock().Now(), note,
                           database_->options().max_deliveries);
    });
  }

  Result<std::optional<Delivery>> FindCause(RunId run) override {
    return database_->Read([&](Connection& connection) { return FindCauseRow(connection, run); });
  }

  Result<std::vector<Delivery>> ListDeliveries(const DeliveryFilter& filter) override {
    return database_->Read(
        [&](Connection& connection) { return ListDeliveryRows(connection, filter); });
  }

 private:
  const std::shared_ptr<StateDatabase> database_;
};

}  // namespace

std::unique_ptr<DeliveryStore> MakeSqliteDeliveryStore(std::shared_ptr<StateDatabase> database) {
  return std::make_unique<SqliteDeliveryStore>(std::move(database));
}

}  // namespace gitops
