// FakeDriver: a Driver that keeps a small world in memory: which steps of which apps exist, with
// which outputs. FaultyDriver passes calls on to another driver and fails or "crashes" at a chosen
// one, before or after the real work. Both are thread-safe, faults as long as they are set before.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/drivers/driver.h"
#include "tests/support/simulated_crash.h"

namespace gitops {

/// What was asked of a FakeDriver.
struct DriverCall {
  std::string verb;  ///< "observe", "apply" or "destroy".
  std::string app;   ///< "environment/name"
  std::string step;  ///< StepAddress::ToString.

  auto operator<=>(const DriverCall&) const = default;
};

class FakeDriver : public Driver {
 public:
  /// Decides the result of an Apply; nullopt leaves it to the driver.
  using Answer = std::function<std::optional<Result<Outputs>>(const StepContext&)>;

  explicit FakeDriver(Answer answer = nullptr) : answer_(std::move(answer)) {}

  Result<ObservedStep> Observe(const StepContext& context, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    Record("observe", context);
    ObservedStep observed;
    if (context.step.nature == StepNature::kHook) return observed;
    const auto found = things_.find(Key(context));
    observed.observation = found == things_.end() ? Observation::kAbsent : Observation::kPresent;
    if (found != things_.end()) observed.outputs = found->second;
    return observed;
  }

  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override {
    const std::lock_guard lock(mutex_);
    Record("apply", context);
    if (stop.stop_requested()) return MakeError(ErrorKind::kCancelled, "stopped on request");
    if (answer_) {
      if (auto answer = answer_(context)) {
        if (*answer) things_[Key(context)] = **answer;
        return *std::move(answer);
      }
    }
    Outputs outputs;
    if (context.step.address.phase == Phase::kInfrastructure) {
      const auto known = things_.find(Key(context));
      outputs = known != things_.end() ? known->second
                                       : Outputs{{"identity", "host-" + std::to_string(++hosts_)},
                                                 {"primary_ip", "127.0.0.1"}};
    }
    things_[Key(context)] = outputs;
    return outputs;
  }

  Status Destroy(const StepContext& context, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    Record("destroy", context);
    things_.erase(Key(context));
    return {};
  }

  std::vector<DriverCall> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  /// The steps that exist, as "environment/name phase.step".
  std::vector<std::string> things() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [key, outputs] : things_) names.push_back(key);
    return names;
  }

  /// Somebody else takes a step's thing away.
  void Lose(const AppId& app, const StepAddress& step) {
    const std::lock_guard lock(mutex_);
    things_.erase(app.ToString() + " " + step.ToString());
  }

 private:
  static std::string Key(const StepContext& context) {
    return context.app.ToString() + " " + context.step.address.ToString();
  }
  void Record(std::string verb, const StepContext& context) {
    calls_.push_back({std::move(verb), context.app.ToString(), context.step.address.ToString()});
  }

  Answer answer_;
  mutable std::mutex mutex_;
  std::map<std::string, Outputs> things_;
  std::vector<DriverCall> calls_;
  int hosts_ = 0;
};

class FaultyDriver : public Driver {
 public:
  enum class Moment { kBefore, kAfter };

  explicit FaultyDriver(Driver& inner) : inner_(inner) {}

  /// Call number `call` (from 1) returns an error of `kind`; after the work its outcome is lost.
  void FailAt(int call, Moment moment, ErrorKind kind) { fault_ = {call, moment, kind}; }
  /// Call number `call` throws SimulatedCrash.
  void CrashAt(int call, Moment moment) { fault_ = {call, moment, std::nullopt}; }
  void Heal() { fault_ = {}; }

  int calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  Result<ObservedStep> Observe(const StepContext& context, std::stop_token stop) override {
    return Pass("Observe", [&] { return inner_.Observe(context, stop); });
  }
  Result<Outputs> Apply(const StepContext& context, std::stop_token stop) override {
    return Pass("Apply", [&] { return inner_.Apply(context, stop); });
  }
  Status Destroy(const StepContext& context, std::stop_token stop) override {
    return Pass("Destroy", [&] { return inner_.Destroy(context, stop); });
  }

 private:
  struct Fault {
    int call = 0;
    Moment moment = Moment::kBefore;
    std::optional<ErrorKind> kind;  ///< Not set: crash.
  };

  template <typename Call>
  auto Pass(std::string_view name, Call&& call) -> decltype(call()) {
    const int number = [&] {
      const std::lock_guard lock(mutex_);
      return ++calls_;
    }();
    RETURN_IF_ERROR(Break(name, number, Moment::kBefore));
    auto result = call();
    RETURN_IF_ERROR(Break(name, number, Moment::kAfter));
    return result;
  }

  Status Break(std::string_view name, int number, Moment moment) const {
    if (number != fault_.call || moment != fault_.moment) return {};
    if (!fault_.kind) throw SimulatedCrash{std::string(name)};
    return MakeError(*fault_.kind, "a fault of the test", std::string(name));
  }

  Driver& inner_;
  mutable std::mutex mutex_;
  int calls_ = 0;
  Fault fault_;
};

}  // namespace gitops
