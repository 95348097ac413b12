#include "tests/sim/sim_ports.h"

#include <set>

#include "tests/sim/app_spec.h"
#include "tests/support/simulated_crash.h"

namespace gitops::sim {
namespace {

Port PortOfStore(const std::string& call) {
  static const std::set<std::string> kWrites = {
      "RecordSourceSync", "ForgetSource", "SaveApps",         "ForgetApp",    "BeginRun",
      "MarkStarted",      "MarkReplaced", "MarkFinished",     "MarkGoneOn",   "FinishRun",
      "MarkRecovered",    "AppendEvents", "RecordDeliveries", "AskForSource", "MarkLooked"};
  return kWrites.contains(call) ? Port::kStoreWrite : Port::kStoreRead;
}

Port PortOfMirror(std::string_view call) {
  const bool writes = call == "Import" || call == "WriteSnapshots" || call == "PushRevert";
  return writes ? Port::kGitWrite : Port::kGitRead;
}

/// What a driver says when it fails: it quotes what it was given, as real tools do.
Error DriverError(ErrorKind kind, const StepContext& context, const std::string& what) {
  std::string detail = what + " " + context.step.address.ToString();
  for (const AppVariable& variable : context.variables.values) {
    detail += "; " + variable.name + "=" + std::string(variable.value.Reveal());
  }
  return MakeError(kind, "a fault of the simulator", detail);
}

}  // namespace

Status SeamFaults::Before(Port port, std::string name) {
  kind_ = calls_.Begin(port, name);
  if (kind_ == FaultKind::kCrashBefore) throw SimulatedCrash{"before " + name};
  if (kind_ == FaultKind::kHang) clock_.Advance(std::chrono::seconds(120));
  if (kind_ == FaultKind::kFailTransient || kind_ == FaultKind::kFailInvalid ||
      kind_ == FaultKind::kHang) {
    return FaultError(std::exchange(kind_, FaultKind::kNone), name);
  }
  return {};
}

Status SeamFaults::After(const std::string& name) {
  const FaultKind kind = std::exchange(kind_, FaultKind::kNone);
  if (kind == FaultKind::kCrashAfter) throw SimulatedCrash{"after " + name};
  if (kind == FaultKind::kReportLost) return FaultError(kind, name);
  return {};
}

Status SeamFaults::OfStore(const std::string& call, FaultyStore::Moment moment) {
  if (moment == FaultyStore::Moment::kBefore) return Before(PortOfStore(call), "store." + call);
  return After("store." + call);
}

Status SeamFaults::OfMirror(std::string_view call, FaultyGitMirror::Moment moment) {
  const std::string name = "git." + std::string(call);
  if (moment == FaultyGitMirror::Moment::kBefore) return Before(PortOfMirror(call), name);
  return After(name);
}

Result<ObservedStep> SimDriver::Observe(const StepContext& context, std::stop_token) {
  const std::string name =
      "observe " + context.app.ToString() + " " + context.step.address.ToString();
  const FaultKind kind = calls_.Begin(Port::kObserve, name);
  if (kind == FaultKind::kCrashBefore) throw SimulatedCrash{"before " + name};
  if (kind != FaultKind::kNone) return FaultError(kind, name);
  return cloud_.Observe(name_, context);
}

template <typename Do>
auto SimDriver::Effect(const std::string& verb, const StepContext& context, Do effect)
    -> decltype(effect(false)) {
  const std::string name =
      verb + " " + context.app.ToString() + " " + context.step.address.ToString() + " by " + name_;
  const FaultKind kind = calls_.Begin(Port::kEffect, name);
  if (kind == FaultKind::kCrashBefore) throw SimulatedCrash{"before " + name};
  witness_(verb, name_, context);
  switch (kind) {
    case FaultKind::kFailTransient:
      return DriverError(ErrorKind::kTransient, context, "not now:");
    case FaultKind::kFailInvalid:
      return DriverError(ErrorKind::kInvalid, context, "it does not work:");
    case FaultKind::kHang:
      clock_.Advance(context.timeout);
      return DriverError(ErrorKind::kUnknownOutcome, context, "no end in time:");
    case FaultKind::kHalfApplied:
    case FaultKind::kHalfAppliedCrash:
      static_cast<void>(effect(true));
      if (kind == FaultKind::kHalfAppliedCrash) throw SimulatedCrash{"in " + name};
      return DriverError(ErrorKind::kUnknownOutcome, context, "the connection was lost during");
    default:
      break;
  }
  auto done = effect(false);
  if (kind == FaultKind::kCrashAfter) throw SimulatedCrash{"after " + name};
  if (kind == FaultKind::kReportLost) {
    return DriverError(ErrorKind::kUnknownOutcome, context, "the answer was lost after");
  }
  if (kind == FaultKind::kReportLostRetried) {
    return DriverError(ErrorKind::kTransient, context, "the answer was lost after");
  }
  return done;
}

Result<Outputs> SimDriver::Apply(const StepContext& context, std::stop_token) {
  return Effect("apply", context, [&](bool half) { return cloud_.Apply(name_, context, half); });
}

Status SimDriver::Destroy(const StepContext& context, std::stop_token) {
  return Effect("destroy", context,
                [&](bool half) { return cloud_.Destroy(name_, context, half); });
}

}  // namespace gitops::sim
