#include "engine/reconcile/wake_worker.h"

#include <utility>

namespace gitops {

WakeWorker::WakeWorker(Round round)
    : round_(std::move(round)), thread_([this](const std::stop_token& stop) { Work(stop); }) {}

WakeWorker::~WakeWorker() {
  thread_.request_stop();
  thread_.join();
}

void WakeWorker::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void WakeWorker::Work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::chrono::milliseconds idle = round_(stop);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, idle, [this] { return woken_; });
    woken_ = false;
  }
}

}  // namespace gitops
