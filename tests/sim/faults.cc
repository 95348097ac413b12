#include "tests/sim/faults.h"

#include <algorithm>

#include "engine/base/check.h"

namespace gitops::sim {

std::string_view ToString(FaultKind kind) {
  switch (kind) {
    case FaultKind::kNone:
      return "none";
    case FaultKind::kFailTransient:
      return "fail transient";
    case FaultKind::kFailInvalid:
      return "fail invalid";
    case FaultKind::kCrashBefore:
      return "crash before";
    case FaultKind::kCrashAfter:
      return "crash after";
    case FaultKind::kReportLost:
      return "report lost";
    case FaultKind::kReportLostRetried:
      return "report lost, retried";
    case FaultKind::kHalfApplied:
      return "half applied";
    case FaultKind::kHalfAppliedCrash:
      return "half applied, crash";
    case FaultKind::kHang:
      return "hang";
  }
  CHECK(false);
}

const std::vector<FaultKind>& KindsAt(Port port) {
  using enum FaultKind;
  static const std::vector<FaultKind> kRead = {kFailTransient, kFailInvalid, kCrashBefore};
  static const std::vector<FaultKind> kGitRead = {kFailTransient, kFailInvalid, kCrashBefore,
                                                  kHang};
  static const std::vector<FaultKind> kWrite = {kFailTransient, kFailInvalid, kCrashBefore,
                                                kCrashAfter, kReportLost};
  static const std::vector<FaultKind> kEffect = {
      kFailTransient,     kFailInvalid, kCrashBefore,      kCrashAfter, kReportLost,
      kReportLostRetried, kHalfApplied, kHalfAppliedCrash, kHang};
  switch (port) {
    case Port::kStoreRead:
    case Port::kObserve:
      return kRead;
    case Port::kGitRead:
      return kGitRead;
    case Port::kStoreWrite:
    case Port::kGitWrite:
      return kWrite;
    case Port::kEffect:
      return kEffect;
  }
  CHECK(false);
}

bool IsCrash(FaultKind kind) {
  return kind == FaultKind::kCrashBefore || kind == FaultKind::kCrashAfter ||
         kind == FaultKind::kHalfAppliedCrash;
}

void PortCalls::Arm(std::vector<Fault> faults) {
  calls_.clear();
  faults_ = std::move(faults);
  struck_ = 0;
}

FaultKind PortCalls::Begin(Port port, std::string name) {
  if (inside_between_) return FaultKind::kNone;
  calls_.push_back({port, std::move(name)});
  const int number = static_cast<int>(calls_.size());
  if (between) {
    inside_between_ = true;
    between(number, port);
    inside_between_ = false;
  }
  for (const Fault& fault : faults_) {
    if (fault.call != number || fault.kind == FaultKind::kNone) continue;
    ++struck_;
    // What was drawn blindly becomes something that can happen at this port.
    const std::vector<FaultKind>& kinds = KindsAt(port);
    if (std::find(kinds.begin(), kinds.end(), fault.kind) != kinds.end()) return fault.kind;
    return kinds[static_cast<std::size_t>(number) % kinds.size()];
  }
  return FaultKind::kNone;
}

Error FaultError(FaultKind kind, const std::string& where) {
  switch (kind) {
    case FaultKind::kFailInvalid:
      return MakeError(ErrorKind::kInvalid, "a fault of the simulator: it does not work", where);
    case FaultKind::kReportLost:
    case FaultKind::kReportLostRetried:
      return MakeError(ErrorKind::kTransient, "a fault of the simulator: the answer is lost",
                       where);
    case FaultKind::kHang:
      return MakeError(ErrorKind::kTransient, "a fault of the simulator: no answer in time", where);
    default:
      return MakeError(ErrorKind::kTransient, "a fault of the simulator: not now", where);
  }
}

}  // namespace gitops::sim
