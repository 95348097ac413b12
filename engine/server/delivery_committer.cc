#include "engine/server/delivery_committer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gitops {

DeliveryCommitter::DeliveryCommitter(DeliveryStore& store, CommitterLimits limits)
    : store_(store),
      limits_(limits),
      recorder_([this](const std::stop_token& stop) { Record(stop); }),
      slow_worker_([this](const std::stop_token& stop) { DoSlowWork(stop); }) {}

DeliveryCommitter::~DeliveryCommitter() {
  slow_worker_.request_stop();
  slow_worker_.join();
  recorder_.request_stop();
  recorder_.join();
}

bool DeliveryCommitter::Submit(NewDelivery delivery, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= limits_.waiting) return false;
    waiting_.push_back({std::move(delivery), std::move(done)});
  }
  waiting_changed_.notify_one();
  return true;
}

bool DeliveryCommitter::SubmitSlow(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (slow_.size() >= limits_.slow_waiting) return false;
    slow_.push_back(std::move(work));
  }
  slow_changed_.notify_one();
  return true;
}

void DeliveryCommitter::Record(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    waiting_changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
    if (waiting_.empty()) return;  // Stopped, and nothing is left.
    std::vector<Waiting> batch;
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), limits_.batch));
    std::move(waiting_.begin(), waiting_.begin() + count, std::back_inserter(batch));
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    lock.unlock();
    RecordBatch(std::move(batch));
    lock.lock();
  }
}

void DeliveryCommitter::RecordBatch(std::vector<Waiting> batch) {
  std::vector<NewDelivery> deliveries;
  deliveries.reserve(batch.size());
  for (Waiting& waiting : batch) deliveries.push_back(std::move(waiting.delivery));
  const auto receipts = store_.RecordDeliveries(deliveries);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (receipts) {
      batch[i].done(receipts->at(i));
    } else {
      batch[i].done(receipts.error());
    }
  }
  if (!receipts && receipts.error().kind == ErrorKind::kConflict) RefuseWaiting(receipts.error());
}

/// Who came meanwhile has waited, too, and would wait again behind the same lock.
void DeliveryCommitter::RefuseWaiting(const Error& error) {
  std::deque<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const Waiting& one : waiting) one.done(error);
}

void DeliveryCommitter::DoSlowWork(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    slow_changed_.wait(lock, stop, [this] { return !slow_.empty(); });
    if (slow_.empty()) return;
    const std::function<void()> work = std::move(slow_.front());
    slow_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace gitops
