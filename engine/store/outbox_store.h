// OutboxStore: what is still to be told to somebody outside, durably, so that neither a crash nor a
// receiver that is down loses it. It is filled from the events, which are written together with
// what they tell of: no deploy ever waits for it. Conventions, thread-safety and errors are those
// of engine/store/store.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/event.h"
#include "engine/model/notification.h"

namespace gitops {

/// What reading some events came to. Written in one transaction.
struct OutboxChange {
  /// Up to here events have been read; never goes back. Nothing: this change comes of no event.
  std::optional<std::int64_t> read_to;
  std::vector<OutboxEntry> entries;  ///< Appended.
  /// Appended too, and entries of the same target and topic that still wait go.
  std::vector<OutboxEntry> replacing;
  std::vector<Told> told;  ///< Inserted or replaced, by topic.
};

class OutboxStore {
 public:
  virtual ~OutboxStore() = default;

  /// The oldest events that have not been read yet. A new state begins with what happens next.
  virtual Result<std::vector<Event>> UnreadEvents(int limit) = 0;
  virtual Result<std::optional<Told>> LoadTold(const std::string& topic) = 0;
  /// Of the entries only the newest `most_waiting` are kept. Returns how many had to go.
  virtual Result<std::size_t> Enqueue(const OutboxChange& change, std::size_t most_waiting) = 0;

  /// Entries whose time has come, oldest first: of each target and topic only the first.
  virtual Result<std::vector<OutboxEntry>> DueEntries(WallTime now, int limit) = 0;
  /// When the next entry is due; nullopt when none waits.
  virtual Result<std::optional<WallTime>> NextDue() = 0;
  virtual Result<std::size_t> CountWaiting() = 0;

  /// It was delivered. Nothing happens when it was replaced meanwhile.
  virtual Status MarkDelivered(std::int64_t id) = 0;
  /// It was not; it is tried again. Nothing happens when it was replaced meanwhile.
  virtual Status Postpone(std::int64_t id, WallTime next, const std::string& error) = 0;
  /// It will never be: it goes, and the event tells of it.
  virtual Status GiveUp(std::int64_t id, const Event& event) = 0;
  /// Entries of a target that is no longer configured go.
  virtual Status DropTarget(const std::string& target) = 0;
};

}  // namespace gitops
