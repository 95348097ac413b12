// The part of SimWorld that serves: the real daemon, one piece at a time on the only thread, its
// webhooks and its configuration, and what must hold of them.
#include <algorithm>
#include <utility>

#include "engine/reconcile/daemon_impl.h"
#include "tests/sim/sim_world.h"

namespace gitops::sim {
namespace {

/// More than the daemon leaves between two looks; less than any wait after a failure.
constexpr std::chrono::milliseconds kSoon{1'000};
constexpr int kMostPieces = 200;
constexpr int kMostDeliveries = 1'000;

/// A configuration as it was read, with its engine.
class SimGeneration : public Generation {
 public:
  SimGeneration(Config config, const std::function<EngineParts(const Config&)>& parts_with,
                std::stop_token pause)
      : config_(std::move(config)) {
    EngineParts parts = parts_with(config_);
    parts.beside_others = true;
    parts.pause = std::move(pause);
    engine_ = MakeKeyedEngine(parts);
  }
  const Config& config() const override { return config_; }
  KeyedEngine& engine() override { return *engine_; }

 private:
  const Config config_;
  std::unique_ptr<KeyedEngine> engine_;
};

}  // namespace

Command SimWorld::Serve(Turn turn) {
  return [turn](const Session& session) { return session.world.ServeOnce(turn); };
}

Status SimWorld::ServeOnce(const Turn& turn) {
  broken_ = false;  // A daemon does not start with a configuration that has errors.
  look_owed_ = false;
  const DaemonParts parts{
      .store = *faulty_store_,
      .requests = *faulty_deliveries_,
      .clock = clock,
      .random = *random_,
      .sleeper = clock,
      .load = [this](const GenerationRequest& request) -> Result<std::shared_ptr<Generation>> {
        if (broken_) return MakeError(ErrorKind::kInvalid, "unknown key", "reconciler.yaml:1:1");
        return std::shared_ptr<Generation>(std::make_shared<SimGeneration>(
            config_, [this](const Config& config) { return PartsWith(*faulty_store_, config); },
            request.pause));
      },
      .configuration_stamp = {},
      .reloads_asked = [this] { return reloads_asked_; },
      .alive = {}};
  ASSIGN_OR_RETURN(const auto made, MakeDaemon(parts));
  auto& daemon = dynamic_cast<DaemonImpl&>(*made);
  daemon_ = &daemon;
  const std::shared_ptr<void> ended(nullptr, [this](void*) { daemon_ = nullptr; });
  for (const std::string& name : turn.deliveries) Deliver(name);
  for (int piece = 1; piece <= kMostPieces; ++piece) {
    Reload(daemon);
    if (!ServePiece(daemon, turn) && !WaitForMore(daemon, turn)) {
      if (look_owed_ && turn.hears) Violate("no look followed a new configuration");
      return {};
    }
    if (turn.meanwhile) turn.meanwhile(*this, piece);
  }
  Violate("the daemon's work does not come to an end");
  return {};
}

bool SimWorld::ServePiece(DaemonImpl& daemon, const Turn& turn) {
  if (turn.hears && daemon.LookOnce()) {
    look_owed_ = false;
    return true;
  }
  return daemon.WorkOnce();
}

bool SimWorld::WaitForMore(DaemonImpl& daemon, const Turn& turn) {
  const auto due = daemon.NextDue();
  if (!turn.hears || !due || *due - clock.MonotonicNow() > kSoon) return false;
  clock.Advance(*due - clock.MonotonicNow());
  return true;
}

void SimWorld::Reload(DaemonImpl& daemon) {
  const auto before = daemon.Configuration();
  const std::uint64_t attempts = daemon.State().reload.attempts;
  daemon.ReloadWhenAsked();
  const auto after = daemon.Configuration();
  if (daemon.State().reload.attempts == attempts) {
    if (after != before) Violate("a configuration was taken that nobody asked for");
    return;
  }
  Note(broken_ ? "the configuration has errors" : "the configuration was read anew");
  if (broken_ && after != before) Violate("a configuration with errors was taken");
  if (broken_ && !daemon.State().reload.error) Violate("nobody says what is wrong with it");
  if (!broken_ && after == before) Violate("a new configuration was not taken");
  look_owed_ |= !broken_;
}

void SimWorld::Configure(const std::function<void(EnvironmentSpec&)>& change) {
  if (daemon_ == nullptr) return;
  change(environment());
  broken_ = false;
  ++reloads_asked_;
}

void SimWorld::ConfigureBadly() {
  if (daemon_ == nullptr) return;
  broken_ = true;
  ++reloads_asked_;
}

// --- Webhooks

void SimWorld::Deliver(const std::string& name) {
  if (daemon_ == nullptr) return;
  NewDelivery fresh;
  fresh.delivery.source = "apps";
  fresh.delivery.provider = "github";
  fresh.delivery.delivery_id = name;
  fresh.delivery.kind = "push";
  fresh.delivery.received = clock.Now();
  fresh.delivery.outcome = DeliveryOutcome::kAccepted;
  fresh.event = Event();
  fresh.event->type = "webhook.accepted";
  fresh.event->source = "apps";
  const auto receipts = faulty_deliveries_->RecordDeliveries({fresh});
  Note("delivery " + name + (receipts ? " is answered" : " is refused"));
  if (!receipts) return;
  answered_.push_back({receipts->at(0).id, name, pushes_.size(), clock.Now()});
  daemon_->Wake("apps");
}

/// A daemon without faults: it owes nobody a look afterwards, and has nothing else to do.
void SimWorld::AnswerDeliveries() {
  if (answered_.empty() || !mirror.Tip("apps")) return;
  const std::size_t effects = cloud.effects().size();
  if (Status served = ServeOnce({}); !served) {
    Violate("a daemon without a fault fails: " + served.error().ToString());
  }
  if (cloud.effects().size() != effects) Violate("a daemon does something although all is at rest");
  CheckDeliveriesAreAnswered();
}

void SimWorld::CheckDeliveriesAreKept() {
  if (answered_.empty()) return;
  std::map<std::int64_t, Delivery> rows;
  DeliveryFilter filter;
  filter.limit = kMostDeliveries;
  for (Delivery& row : Must(deliveries_->ListDeliveries(filter))) rows[row.id] = std::move(row);
  for (const Answered& answered : answered_) {
    const auto row = rows.find(answered.row);
    if (row == rows.end() || row->second.delivery_id != answered.name || row->second.asked == 0) {
      Violate("delivery " + answered.name + " was answered and is lost");
    } else if (row->second.look) {
      CheckLookOf(row->second);
    }
  }
}

void SimWorld::CheckDeliveriesAreAnswered() {
  DeliveryFilter filter;
  filter.limit = kMostDeliveries;
  for (const Delivery& row : Must(deliveries_->ListDeliveries(filter))) {
    if (!row.look) Violate("no look ever answers delivery " + row.delivery_id);
  }
  for (const SourceRequest& request : Must(deliveries_->SourceRequests())) {
    if (request.IsOwed()) Violate("source " + request.source + " owes a look at rest");
  }
}

/// The look that is shown with a delivery has seen what the delivery told of.
void SimWorld::CheckLookOf(const Delivery& delivery) {
  const std::string& result = delivery.look->result;
  std::size_t told = 0;
  WallTime latest{};
  for (const Answered& answered : answered_) {
    if (answered.row != delivery.id) continue;
    told = std::max(told, answered.pushes);
    latest = std::max(latest, answered.time);
  }
  if (delivery.look->time < latest) {
    Violate("delivery " + delivery.delivery_id + " is shown with a look from before it");
  }
  std::size_t seen = 0;
  for (std::size_t i = 0; i < pushes_.size(); ++i) {
    if (result.find(pushes_[i].Short()) != std::string::npos) seen = i + 1;
  }
  // 0: a commit that the engine pushed itself, to revert one.
  if (seen != 0 && seen < told) {
    Violate("delivery " + delivery.delivery_id + " told of push " + std::to_string(told) +
            " and is shown with a look that saw push " + std::to_string(seen) + ": " + result);
  }
  for (const CausedWork& work : delivery.look->apps) {
    for (const CausedRun& run : work.runs) {
      const auto known = Must(store_->LoadRun(run.id));
      if (!known || known->plan.app != work.app) {
        Violate("delivery " + delivery.delivery_id + " is shown with run " +
                std::to_string(run.id) + ", which is none of " + work.app.ToString());
      }
    }
  }
}

}  // namespace gitops::sim
