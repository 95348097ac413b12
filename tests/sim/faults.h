// Faults: what can go wrong at a port of the engine, and PortCalls, which numbers every call of
// every port on one counter and makes one go wrong. Single-threaded, like the whole simulator.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace gitops::sim {

/// The seams, as far as different things can go wrong at them.
enum class Port { kStoreRead, kStoreWrite, kGitRead, kGitWrite, kObserve, kEffect };

enum class FaultKind {
  kNone,
  kFailTransient,      ///< Nothing happened; it may work later.
  kFailInvalid,        ///< Nothing happened; it will not work.
  kCrashBefore,        ///< The engine dies before the call.
  kCrashAfter,         ///< It happened, and the engine dies before it hears of it.
  kReportLost,         ///< It happened; the answer is that nobody knows (a driver), or a failure.
  kReportLostRetried,  ///< A driver: it happened; the answer is a failure worth another try.
  kHalfApplied,        ///< A driver: some of it happened; nobody knows.
  kHalfAppliedCrash,   ///< A driver: some of it happened when the engine dies.
  kHang,               ///< No answer until the deadline; the error is the real one's.
};

std::string_view ToString(FaultKind kind);

/// The kinds that make sense at a port, without kNone.
const std::vector<FaultKind>& KindsAt(Port port);

/// True for the kinds that end the engine.
bool IsCrash(FaultKind kind);

/// A call, counted from 1, and what goes wrong with it.
struct Fault {
  int call = 0;
  FaultKind kind = FaultKind::kNone;
};

class PortCalls {
 public:
  struct Call {
    Port port = Port::kStoreRead;
    std::string name;  ///< "store.BeginRun", "apply default/web app.setup", …
  };

  /// Forgets the calls so far and arms these faults; each strikes once.
  void Arm(std::vector<Fault> faults);
  void Disarm() { faults_.clear(); }

  /// A call begins: counts it and says what goes wrong with it.
  FaultKind Begin(Port port, std::string name);

  /// All calls since Arm.
  const std::vector<Call>& calls() const { return calls_; }
  int struck() const { return struck_; }

  /// Runs before each call: another party does something while the engine is at work. Calls that it
  /// makes itself are not counted, and no fault strikes them.
  std::function<void(int call, Port port)> between;

 private:
  std::vector<Call> calls_;
  std::vector<Fault> faults_;
  int struck_ = 0;
  bool inside_between_ = false;
};

/// The error of a fault that stands for itself.
Error FaultError(FaultKind kind, const std::string& where);

}  // namespace gitops::sim
