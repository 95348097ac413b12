// TicketBook: requests to a daemon from when they are made until they are forgotten: which looks
// and which work each still waits for, and what these came to. Plain bookkeeping: not thread-safe,
// no clock, no store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/app_id.h"
#include "engine/model/report.h"
#include "engine/reconcile/daemon_control.h"
#include "engine/reconcile/engine.h"

namespace gitops {

class TicketBook {
 public:
  using Done = std::function<void(const Ticket&)>;

  /// Numbers begin with the time: a number from before a restart is then none of a later request,
  /// of which it would tell what its own request came to. They fit what JSON readers take exactly.
  explicit TicketBook(WallTime began);

  TicketId File(std::string what, std::string by, WallTime now, ReconcileRequest request = {});

  // --- What it waits for. `start`: WorkQueue's number; a start before it does not count.
  void ExpectLook(TicketId id, const std::string& source, std::uint64_t start);
  void ExpectWork(TicketId id, const AppId& app, std::uint64_t start);
  /// Something that ends with Answer.
  void ExpectAnswer(TicketId id);

  // --- What happens.
  void Began(TicketId id);
  /// The requests that waited for this look, so that work on apps which it found can be expected.
  std::vector<TicketId> LookEnded(const std::string& source, std::uint64_t start,
                                  const SourceReport& report);
  void WorkEnded(const AppId& app, std::uint64_t start, const AppReport& report);
  /// What an expected answer came to.
  void Answer(TicketId id, Result<ReconcileReport> report);
  /// An app that needs no work: it is only reported.
  void Settle(TicketId id, const AppReport& report);

  /// True when the request is about this app: named, or all of its sources and environments.
  bool Concerns(TicketId id, const AppId& app) const;
  bool Names(TicketId id, const AppId& app) const;
  const ReconcileRequest& RequestOf(TicketId id) const { return entries_.at(id).request; }

  /// A request that waits for nothing any more and has not been closed; its report so far.
  std::optional<std::pair<TicketId, ReconcileReport>> NextToClose();
  /// Closes it. Returns who is to be told. An error that Answer brought wins.
  std::vector<std::pair<Done, Ticket>> Close(TicketId id, Result<ReconcileReport> report,
                                             WallTime now);
  /// Closes all that are open: the daemon stops.
  std::vector<std::pair<Done, Ticket>> CancelAll(const Error& why, WallTime now);

  std::optional<Ticket> Find(TicketId id) const;
  /// False when there is no such ticket; `done` is given back when it is over already.
  std::pair<bool, std::optional<Ticket>> WhenOver(TicketId id, Done done);
  std::size_t open() const { return open_.size(); }

 private:
  struct Entry {
    Ticket ticket;
    ReconcileRequest request;
    std::map<std::string, std::uint64_t> looks;  ///< Not ended yet.
    std::map<AppId, std::uint64_t> work;
    bool answer = false;
    bool closing = false;
    ReconcileReport report;
    std::optional<Error> error;
    std::vector<Done> waiting;
  };

  std::map<TicketId, Entry> entries_;
  std::set<TicketId> open_;
  TicketId last_;
};

}  // namespace gitops
