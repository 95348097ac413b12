// WorkCounters: how much work was done, without the noise of a clock. Tests assert laws on them
// ("nothing new: nothing read"), `--stats` shows them. Thread-safe: every counter is atomic.
#pragma once

#include <atomic>
#include <cstdint>

namespace gitops {

struct WorkCounters {
  std::atomic<std::uint64_t> remote_queries{0};    ///< Requests for the tip of a remote.
  std::atomic<std::uint64_t> fetches{0};           ///< Transfers of objects from a remote.
  std::atomic<std::uint64_t> objects_read{0};      ///< Git objects (trees, blobs, commits) read.
  std::atomic<std::uint64_t> trees_read{0};        ///< Of these: trees inflated.
  std::atomic<std::uint64_t> manifests_parsed{0};  ///< Manifests parsed.
  std::atomic<std::uint64_t> apps_planned{0};      ///< Apps expanded and compared.
  std::atomic<std::uint64_t> rows_written{0};      ///< Rows changed in the store.
  std::atomic<std::uint64_t> fsyncs{0};            ///< Durable commits of the store.
  std::atomic<std::uint64_t> children{0};          ///< Child processes started.
  std::atomic<std::uint64_t> connections{0};       ///< Connections to hosts (SSH).
};

/// Adds to a counter without ordering: counters are only read when the work is over.
inline void Count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace gitops
