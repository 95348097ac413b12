// DeliveryCommitter: makes webhook deliveries durable. One thread takes all that wait into one
// transaction, so that a burst costs one write to disk for hundreds of them; a second one does what
// takes long for a single request (reading a huge body). Both are made here and are gone with it.
// Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/base/result.h"
#include "engine/store/delivery_store.h"

namespace gitops {

struct CommitterLimits {
  std::size_t waiting = 4096;  ///< Deliveries that wait to be recorded.
  std::size_t batch = 512;     ///< Deliveries of one transaction.
  std::size_t slow_waiting = 16;
};

class DeliveryCommitter {
 public:
  /// Called on the committer's thread, when the delivery is durable or could not be made so.
  using Done = std::function<void(const Result<DeliveryReceipt>&)>;

  /// `store` outlives it.
  explicit DeliveryCommitter(DeliveryStore& store, CommitterLimits limits = {});
  /// Records what waits, then ends its threads.
  ~DeliveryCommitter();
  DeliveryCommitter(const DeliveryCommitter&) = delete;
  DeliveryCommitter& operator=(const DeliveryCommitter&) = delete;

  /// False when too many wait; nothing was taken then, and `done` is never called.
  bool Submit(NewDelivery delivery, Done done);

  /// Runs `work` on the other thread; false when too much waits there.
  bool SubmitSlow(std::function<void()> work);

 private:
  struct Waiting {
    NewDelivery delivery;
    Done done;
  };

  void Record(const std::stop_token& stop);
  void RecordBatch(std::vector<Waiting> batch);
  void RefuseWaiting(const Error& error);
  void DoSlowWork(const std::stop_token& stop);

  DeliveryStore& store_;
  const CommitterLimits limits_;
  std::mutex mutex_;
  std::condition_variable_any waiting_changed_;
  std::condition_variable_any slow_changed_;
  std::deque<Waiting> waiting_;
  std::deque<std::function<void()>> slow_;
  std::jthread recorder_;
  std::jthread slow_worker_;  ///< Ends first: it may submit until then.
};

}  // namespace gitops
