// ApiWorkers: where requests are carried out that may wait for the disk or for Git, so that no
// thread of the front does. A bounded queue and a few threads. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "engine/server/server_threads.h"

namespace gitops {

class ApiWorkers {
 public:
  using Job = std::function<void()>;

  ApiWorkers(int threads, std::size_t longest_queue);
  ~ApiWorkers() { Stop(); }
  ApiWorkers(const ApiWorkers&) = delete;
  ApiWorkers& operator=(const ApiWorkers&) = delete;

  /// False when too many wait. `job` must not throw.
  bool Post(Job job);
  /// Waits for the jobs that are under way; those that wait are dropped, as all that come later.
  /// Not to be called by a job.
  void Stop();

 private:
  void Work();

  const std::size_t longest_queue_;
  std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  ServerThreads threads_;  ///< Last: they use the rest.
};

}  // namespace gitops
