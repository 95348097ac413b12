// SimCloud: the truth that the engine works on. Owns what drivers made, remembers what each hook
// ran with, logs every effect. It behaves like real machines: a host keeps its identity until it is
// destroyed, what lies on a host goes with it, a hook of an app without files cannot run, a script
// that says "exit 3" fails, and one that says "try later" fails as if it might work later; one
// that says "again later" works once, and then not before its fifth run. Single-threaded.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "engine/drivers/driver.h"

namespace gitops::sim {

/// Something that exists and costs money. Two drivers can each have one at the same address.
struct ThingKey {
  AppId app;
  StepAddress address;
  std::string driver;

  auto operator<=>(const ThingKey&) const = default;
};

struct Thing {
  std::string identity;
  std::string host;                           ///< Identity of the host it lies on; "" for hosts.
  std::map<std::string, std::string> inputs;  ///< Digests by name, consumed outputs included.
  std::map<std::string, std::string>
      settings;  ///< Variables, values: what it was really made with.
  bool half = false;
};

/// What a hook left, as far as anybody can know.
struct HookKey {
  AppId app;
  StepAddress address;

  auto operator<=>(const HookKey&) const = default;
};

struct HookTrace {
  std::string host;
  std::string script;
  std::map<std::string, std::string> inputs;
  std::map<std::string, std::string> environment;
  bool half = false;
};

struct Effect {
  std::string verb;  ///< "apply" or "destroy".
  AppId app;
  StepAddress address;
  std::string driver;
  RunId run = 0;

  std::string ToString() const;
};

class SimCloud {
 public:
  Result<Outputs> Apply(const std::string& driver, const StepContext& context, bool half);
  Status Destroy(const std::string& driver, const StepContext& context, bool half);
  ObservedStep Observe(const std::string& driver, const StepContext& context) const;

  int busy_deletions = 0;  ///< So many deletions of hosts fail as if they might work later.

  const std::map<ThingKey, Thing>& things() const { return things_; }
  const std::map<HookKey, HookTrace>& hooks() const { return hooks_; }
  const std::vector<Effect>& effects() const { return effects_; }

 private:
  Result<Outputs> ApplyResource(const std::string& driver, const StepContext& context, bool half);
  Result<Outputs> RunHook(const StepContext& context, bool half);
  /// True when the script says "again later" and this is one of the runs in between.
  bool IsBusy(const HookKey& key, const std::string& script);
  std::string HostOf(const AppId& app) const;
  void ForgetHost(const AppId& app, const std::string& identity);

  std::map<ThingKey, Thing> things_;
  std::map<HookKey, HookTrace> hooks_;
  std::map<HookKey, int> again_;  ///< Runs of "again later".
  std::vector<Effect> effects_;
  int identities_ = 0;
};

}  // namespace gitops::sim
