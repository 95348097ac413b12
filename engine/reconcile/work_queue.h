// WorkQueue: which keys have work to do, and which of them is next. Work is named by a key, never
// described: asking twice is asking once, and a key that is asked for while it is worked on is
// worked on once more. Pure: time is an argument, the caller brings the lock and the threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"

namespace gitops {

class WorkQueue {
 public:
  /// What is taken to be worked on.
  struct Taken {
    std::string key;
    std::uint64_t start = 0;  ///< Counts what was ever taken, from 1.
    MonotonicTime ready{};    ///< Since when it might have been taken.
  };

  /// At most `most_running` keys are worked on at once, and `most_of_group` of one group. Groups
  /// take turns, so that one with much to do does not hold up the others.
  WorkQueue(std::size_t most_running, std::size_t most_of_group)
      : most_running_(most_running), most_of_group_(most_of_group) {}

  /// Asks for work on `key`, not before `due`. A key that waits for later already is brought
  /// forward, never put off. `after`: keys that go first when their time has come as well, or that
  /// are worked on, at the first Take that finds this one's time come. Work on them that is asked
  /// for later is not waited for. Returns the number that the start of the work will have or
  /// exceed.
  std::uint64_t Add(const std::string& key, const std::string& group, MonotonicTime due,
                    const std::vector<std::string>& after = {});

  /// The next key to work on, if one may be taken now.
  std::optional<Taken> Take(MonotonicTime now);

  /// Work on `key` ended. True when it was asked for meanwhile: it waits again.
  /// REQUIRES: it was taken and has not been finished since.
  bool Finish(const std::string& key, MonotonicTime now);

  /// Forgets that `key` waits. Work on it that is under way is not touched.
  void Drop(const std::string& key);

  /// `key` waits, for `due` or before: adding it for then changes nothing.
  bool WaitsFor(const std::string& key, MonotonicTime due) const;
  /// When the next key comes whose time has not come at `now`; nothing when there is none.
  std::optional<MonotonicTime> NextDue(MonotonicTime now) const;

  bool IsRunning(const std::string& key) const;
  std::size_t running() const { return running_; }
  /// Keys whose time has not come.
  std::size_t Later(MonotonicTime now) const;
  /// Keys whose time has come, also those that wait for others or for their group.
  std::size_t Waiting(MonotonicTime now) const { return entries_waiting() - Later(now); }
  /// Since when the one that waits longest has waited. Walks through all of them.
  std::optional<MonotonicTime> OldestReady(MonotonicTime now) const;

 private:
  enum class State {
    kIdle,   ///< Nothing to do.
    kTimed,  ///< Its time has not come, or no Take has been there since.
    kReady,
    kHeld,  ///< Its time has come; others go first.
  };
  struct Entry {
    std::string group;
    State state = State::kIdle;
    bool running = false;
    std::string running_in;     ///< The group that it was taken from.
    std::uint64_t started = 0;  ///< Number of the newest start.
    MonotonicTime due{};
    MonotonicTime ready{};
    std::vector<std::string> after;                ///< Asked for, not looked at yet.
    std::set<std::string> held_by;                 ///< kHeld only.
    std::map<std::string, std::uint64_t> holding;  ///< Keys it holds → starts when it began to.
  };

  void MakeReady(const std::string& key, MonotonicTime now);
  void Release(const std::string& key, const std::string& by);
  /// `key` would wait for itself if `other` went first.
  bool IsHeldBy(const std::string& other, const std::string& key) const;
  bool GoesFirst(const std::string& other, MonotonicTime now) const;
  static bool HasItsTime(const Entry& entry, MonotonicTime now);
  void PutInLine(const std::string& key, Entry& entry);
  void LeaveLine(const std::string& key, Entry& entry);
  void ForgetIfIdle(const std::string& key);
  std::size_t entries_waiting() const { return ready_ + held_ + timed_.size(); }

  const std::size_t most_running_;
  const std::size_t most_of_group_;
  std::map<std::string, Entry> entries_;
  std::set<std::pair<MonotonicTime, std::string>> timed_;
  /// Ready keys of each group that has some, first come first; and the groups in turn.
  std::map<std::string, std::deque<std::string>> lines_;
  std::deque<std::string> turns_;
  std::map<std::string, std::size_t> running_of_;  ///< By group.
  std::size_t running_ = 0;
  std::size_t ready_ = 0;
  std::size_t held_ = 0;
  std::uint64_t starts_ = 0;
};

}  // namespace gitops
