#include "engine/reconcile/ticket_book.h"

#include <algorithm>
#include <iterator>

namespace gitops {
namespace {

constexpr std::size_t kMostRemembered = 1'000;
/// Far more than are ever asked for in one.
constexpr TicketId kNumbersPerMillisecond = 1'000;

}  // namespace

TicketBook::TicketBook(WallTime began)
    : last_(static_cast<TicketId>(std::max<std::int64_t>(0, began.time_since_epoch().count())) *
            kNumbersPerMillisecond) {}

TicketId TicketBook::File(std::string what, std::string by, WallTime now,
                          ReconcileRequest request) {
  const TicketId id = ++last_;
  Entry& entry = entries_[id];
  entry.ticket.id = id;
  entry.ticket.what = std::move(what);
  entry.ticket.by = std::move(by);
  entry.ticket.asked = now;
  entry.request = std::move(request);
  open_.insert(id);
  for (auto oldest = entries_.begin();
       entries_.size() > kMostRemembered && oldest != entries_.end();) {
    oldest = oldest->second.ticket.IsOver() ? entries_.erase(oldest) : std::next(oldest);
  }
  return id;
}

void TicketBook::ExpectLook(TicketId id, const std::string& source, std::uint64_t start) {
  entries_.at(id).looks[source] = start;
}

void TicketBook::ExpectWork(TicketId id, const AppId& app, std::uint64_t start) {
  entries_.at(id).work[app] = start;
}

void TicketBook::ExpectAnswer(TicketId id) { entries_.at(id).answer = true; }

void TicketBook::Began(TicketId id) {
  Ticket& ticket = entries_.at(id).ticket;
  if (ticket.state == TicketState::kWaiting) ticket.state = TicketState::kWorking;
}

std::vector<TicketId> TicketBook::LookEnded(const std::string& source, std::uint64_t start,
                                            const SourceReport& report) {
  std::vector<TicketId> waited;
  for (const TicketId id : open_) {
    Entry& entry = entries_.at(id);
    const auto look = entry.looks.find(source);
    if (look == entry.looks.end() || start < look->second) continue;
    entry.looks.erase(look);
    entry.report.sources.push_back(report);
    Began(id);
    waited.push_back(id);
  }
  return waited;
}

void TicketBook::WorkEnded(const AppId& app, std::uint64_t start, const AppReport& report) {
  for (const TicketId id : open_) {
    Entry& entry = entries_.at(id);
    const auto work = entry.work.find(app);
    if (work == entry.work.end() || start < work->second) continue;
    entry.work.erase(work);
    entry.report.apps.push_back(report);
    Began(id);
  }
}

void TicketBook::Answer(TicketId id, Result<ReconcileReport> report) {
  Entry& entry = entries_.at(id);
  if (!entry.answer) return;
  entry.answer = false;
  if (report) {
    entry.report = *std::move(report);
  } else {
    entry.error = std::move(report).error();
  }
}

void TicketBook::Settle(TicketId id, const AppReport& report) {
  entries_.at(id).report.apps.push_back(report);
}

bool TicketBook::Names(TicketId id, const AppId& app) const {
  const auto& names = entries_.at(id).request.apps;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name == app.name || name == app.ToString();
  });
}

bool TicketBook::Concerns(TicketId id, const AppId& app) const {
  const ReconcileRequest& request = entries_.at(id).request;
  if (!request.environment.empty() && request.environment != app.environment) return false;
  return request.apps.empty() || Names(id, app);
}

std::optional<std::pair<TicketId, ReconcileReport>> TicketBook::NextToClose() {
  for (const TicketId id : open_) {
    Entry& entry = entries_.at(id);
    if (entry.closing || entry.answer || !entry.looks.empty() || !entry.work.empty()) continue;
    entry.closing = true;
    return std::pair(id, std::move(entry.report));
  }
  return std::nullopt;
}

std::vector<std::pair<TicketBook::Done, Ticket>> TicketBook::Close(TicketId id,
                                                                   Result<ReconcileReport> report,
                                                                   WallTime now) {
  std::vector<std::pair<Done, Ticket>> told;
  if (open_.erase(id) == 0) return told;
  Entry& entry = entries_.at(id);
  Ticket& ticket = entry.ticket;
  ticket.ended = now;
  if (entry.error || !report) {
    ticket.error = entry.error ? *std::move(entry.error) : std::move(report).error();
    ticket.state = ticket.error->kind == ErrorKind::kCancelled ? TicketState::kCancelled
                                                               : TicketState::kFailed;
  } else {
    ticket.report = std::make_shared<const ReconcileReport>(*std::move(report));
    ticket.state = TicketState::kDone;
  }
  for (Done& done : entry.waiting) told.emplace_back(std::move(done), ticket);
  entry.waiting.clear();
  return told;
}

std::vector<std::pair<TicketBook::Done, Ticket>> TicketBook::CancelAll(const Error& why,
                                                                       WallTime now) {
  std::vector<std::pair<Done, Ticket>> told;
  for (const TicketId id : std::set<TicketId>(open_)) {
    auto some = Close(id, why, now);
    std::move(some.begin(), some.end(), std::back_inserter(told));
  }
  return told;
}

std::optional<Ticket> TicketBook::Find(TicketId id) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  return found->second.ticket;
}

std::pair<bool, std::optional<Ticket>> TicketBook::WhenOver(TicketId id, Done done) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return {false, std::nullopt};
  if (found->second.ticket.IsOver()) return {true, found->second.ticket};
  found->second.waiting.push_back(std::move(done));
  return {true, std::nullopt};
}

}  // namespace gitops
