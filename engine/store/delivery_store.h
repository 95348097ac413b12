// DeliveryStore: the durable side of webhooks: what was delivered, and which sources owe a look.
// Conventions, thread-safety and errors are those of engine/store/store.h; every write is checked
// against the lease epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/delivery.h"
#include "engine/model/event.h"

namespace gitops {

/// A delivery as it is recorded. `id`, `asked`, `repeats`, `event` and `look` are the store's; the
/// texts are bounded by whoever gives them.
struct NewDelivery {
  Delivery delivery;
  std::optional<Event> event;  ///< Appended with it; not for a repeated one.
};

/// What became of one delivery.
struct DeliveryReceipt {
  std::int64_t id = 0;      ///< Of its row; of the first one's row when it is a repetition.
  std::uint64_t asked = 0;  ///< The source's request that stands for it; 0: none.
  bool repeated = false;    ///< The same delivery was still waiting: nothing new was recorded.
};

/// What a look is remembered by.
struct LookNote {
  std::string result;          ///< As AnsweringLook::result.
  std::vector<AppId> changed;  ///< The apps that it found changed. Of many only some are kept.
};

struct DeliveryFilter {
  std::string source;          ///< "" for all.
  std::int64_t before_id = 0;  ///< 0: from the newest one on; else only older ones.
  int limit = 100;
  std::int64_t first_event = 0;  ///< With last_event: only those that such an event tells of.
  std::int64_t last_event = 0;   ///< 0: all.
};

class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;

  /// Records all of them in one transaction; receipts in the same order. An accepted delivery
  /// raises its source's request. The same delivery id again, while the request of the first is
  /// waiting, only counts as a repetition of it; afterwards it is a new delivery, since "deliver
  /// again" has to work. The oldest beyond SqliteStoreOptions::max_deliveries go.
  /// Waits a few seconds for other writers, not as long as others do: kConflict.
  virtual Result<std::vector<DeliveryReceipt>> RecordDeliveries(
      const std::vector<NewDelivery>& deliveries) = 0;

  /// Raises the source's request for another reason than a delivery ("poll", a person's name).
  /// Returns its number.
  virtual Result<std::uint64_t> AskForSource(const std::string& source, std::string_view why) = 0;

  /// The requests of all sources that anything was ever asked of, by name; also of some that are no
  /// longer configured.
  virtual Result<std::vector<SourceRequest>> SourceRequests() = 0;
  /// All zero for a source that nothing was asked of.
  virtual Result<SourceRequest> LoadSourceRequest(const std::string& source) = 0;

  /// A look that began when the source's `asked` was `number` was recorded. `note` is what
  /// Delivery::look shows; the apps it names are those of the store now. A number that was reached
  /// before changes nothing.
  virtual Status MarkLooked(const std::string& source, std::uint64_t number,
                            const LookNote& note) = 0;

  /// The newest of the deliveries whose look led to this run, as Delivery::look tells; none when
  /// the run came of something else, or that is no longer kept.
  virtual Result<std::optional<Delivery>> FindCause(RunId run) = 0;

  /// Newest first.
  virtual Result<std::vector<Delivery>> ListDeliveries(const DeliveryFilter& filter) = 0;
};

}  // namespace gitops
