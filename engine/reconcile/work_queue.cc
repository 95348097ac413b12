#include "engine/reconcile/work_queue.h"

#include <algorithm>

#include "engine/base/check.h"

namespace gitops {

std::uint64_t WorkQueue::Add(const std::string& key, const std::string& group, MonotonicTime due,
                             const std::vector<std::string>& after) {
  Entry& entry = entries_[key];
  const std::uint64_t next = starts_ + 1;
  if (entry.state == State::kReady || entry.state == State::kHeld) return next;
  entry.group = group;
  for (const std::string& other : after) {
    if (std::find(entry.after.begin(), entry.after.end(), other) == entry.after.end()) {
      entry.after.push_back(other);
    }
  }
  if (entry.state == State::kTimed) {
    if (entry.due <= due) return next;
    timed_.erase({entry.due, key});
  }
  entry.due = due;
  entry.state = State::kTimed;
  timed_.emplace(due, key);
  return next;
}

bool WorkQueue::HasItsTime(const Entry& entry, MonotonicTime now) {
  if (entry.state == State::kTimed) return entry.due <= now;
  return entry.state != State::kIdle;
}

bool WorkQueue::GoesFirst(const std::string& other, MonotonicTime now) const {
  const auto found = entries_.find(other);
  return found != entries_.end() && (found->second.running || HasItsTime(found->second, now));
}

bool WorkQueue::IsHeldBy(const std::string& other, const std::string& key) const {
  std::vector<std::string> open{other};
  std::set<std::string> seen;
  while (!open.empty()) {
    const std::string at = std::move(open.back());
    open.pop_back();
    if (at == key) return true;
    if (!seen.insert(at).second) continue;
    const auto found = entries_.find(at);
    if (found == entries_.end()) continue;
    open.insert(open.end(), found->second.held_by.begin(), found->second.held_by.end());
  }
  return false;
}

void WorkQueue::MakeReady(const std::string& key, MonotonicTime now) {
  Entry& entry = entries_.at(key);
  entry.ready = std::min(entry.due, now);
  for (const std::string& other : std::exchange(entry.after, {})) {
    // In a circle nobody would ever go first: the last one to come does.
    if (!GoesFirst(other, now) || IsHeldBy(other, key)) continue;
    entry.held_by.insert(other);
    entries_.at(other).holding[key] = starts_;
  }
  if (!entry.held_by.empty()) {
    entry.state = State::kHeld;
    ++held_;
    return;
  }
  PutInLine(key, entry);
}

void WorkQueue::PutInLine(const std::string& key, Entry& entry) {
  entry.state = State::kReady;
  ++ready_;
  std::deque<std::string>& line = lines_[entry.group];
  if (line.empty()) turns_.push_back(entry.group);
  line.push_back(key);
}

void WorkQueue::LeaveLine(const std::string& key, Entry& entry) {
  std::deque<std::string>& line = lines_.at(entry.group);
  line.erase(std::find(line.begin(), line.end(), key));
  --ready_;
  entry.state = State::kIdle;
  if (!line.empty()) return;
  lines_.erase(entry.group);
  turns_.erase(std::find(turns_.begin(), turns_.end(), entry.group));
}

std::optional<WorkQueue::Taken> WorkQueue::Take(MonotonicTime now) {
  while (!timed_.empty() && timed_.begin()->first <= now) {
    const std::string key = timed_.begin()->second;
    timed_.erase(timed_.begin());
    MakeReady(key, now);
  }
  if (running_ >= most_running_) return std::nullopt;
  for (std::size_t turn = turns_.size(); turn > 0; --turn) {
    const std::string group = turns_.front();
    const std::deque<std::string>& line = lines_.at(group);
    const auto found = std::find_if(line.begin(), line.end(), [&](const std::string& key) {
      return !entries_.at(key).running;
    });
    const auto busy = running_of_.find(group);
    const bool full = busy != running_of_.end() && busy->second >= most_of_group_;
    turns_.pop_front();
    turns_.push_back(group);
    if (full || found == line.end()) continue;
    const std::string key = *found;
    Entry& entry = entries_.at(key);
    LeaveLine(key, entry);
    entry.running = true;
    entry.running_in = group;
    entry.started = ++starts_;
    ++running_;
    ++running_of_[group];
    return Taken{key, entry.started, entry.ready};
  }
  return std::nullopt;
}

void WorkQueue::Release(const std::string& key, const std::string& by) {
  Entry& entry = entries_.at(key);
  entry.held_by.erase(by);
  if (!entry.held_by.empty()) return;
  --held_;
  PutInLine(key, entry);
}

bool WorkQueue::Finish(const std::string& key, MonotonicTime now) {
  Entry& entry = entries_.at(key);
  CHECK(entry.running);
  entry.running = false;
  --running_;
  const auto busy = running_of_.find(entry.running_in);
  CHECK(busy != running_of_.end());
  if (--busy->second == 0) running_of_.erase(busy);
  const bool again = entry.state != State::kIdle;
  const bool soon = HasItsTime(entry, now);
  for (auto held = entry.holding.begin(); held != entry.holding.end();) {
    // Who came when this work was under way already waits for the next, if there is one now.
    if (soon && held->second >= entry.started) {
      ++held;
      continue;
    }
    Release(held->first, key);
    held = entry.holding.erase(held);
  }
  ForgetIfIdle(key);
  return again;
}

void WorkQueue::Drop(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  switch (entry.state) {
    case State::kIdle:
      return;
    case State::kTimed:
      timed_.erase({entry.due, key});
      entry.state = State::kIdle;
      break;
    case State::kReady:
      LeaveLine(key, entry);
      break;
    case State::kHeld:
      for (const std::string& other : std::exchange(entry.held_by, {})) {
        entries_.at(other).holding.erase(key);
        ForgetIfIdle(other);
      }
      --held_;
      entry.state = State::kIdle;
      break;
  }
  entry.after.clear();
  if (!entry.running) {
    for (const auto& [held, since] : std::exchange(entry.holding, {})) {
      static_cast<void>(since);
      Release(held, key);
    }
  }
  ForgetIfIdle(key);
}

void WorkQueue::ForgetIfIdle(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  const Entry& entry = found->second;
  if (entry.state == State::kIdle && !entry.running && entry.holding.empty()) {
    entries_.erase(found);
  }
}

bool WorkQueue::WaitsFor(const std::string& key, MonotonicTime due) const {
  const auto found = entries_.find(key);
  return found != entries_.end() && HasItsTime(found->second, due);
}

std::optional<MonotonicTime> WorkQueue::NextDue(MonotonicTime now) const {
  for (auto at = timed_.begin(); at != timed_.end(); ++at) {
    if (at->first > now) return at->first;
  }
  return std::nullopt;
}

bool WorkQueue::IsRunning(const std::string& key) const {
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.running;
}

std::size_t WorkQueue::Later(MonotonicTime now) const {
  std::size_t come = 0;
  for (auto at = timed_.begin(); at != timed_.end() && at->first <= now; ++at) ++come;
  return timed_.size() - come;
}

std::optional<MonotonicTime> WorkQueue::OldestReady(MonotonicTime now) const {
  std::optional<MonotonicTime> oldest;
  for (const auto& [key, entry] : entries_) {
    if (!HasItsTime(entry, now)) continue;
    const MonotonicTime since = entry.state == State::kTimed ? entry.due : entry.ready;
    if (!oldest || since < *oldest) oldest = since;
  }
  return oldest;
}

}  // namespace gitops
