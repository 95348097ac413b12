// EngineObserver: hears what the engine did, once it is durable. Metrics, traces and the outbox
// listen here, so that the code that decides and applies knows nothing of them. Called by many
// threads at once, in the middle of work: an implementation is thread-safe, quick, never blocks on
// anything outside and never fails. Every method does nothing unless it is overridden.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/model/app_record.h"
#include "engine/model/run.h"
#include "engine/model/source.h"

namespace gitops {

/// One action of a run, as the journal has it.
struct ObservedAction {
  RunId run = 0;
  AppId app;
  Phase phase = Phase::kApp;
  std::string address;  ///< "app.configure", …
  ActionStatus status = ActionStatus::kPending;
  WallTime started{};
  WallTime finished{};
  std::chrono::microseconds took{0};  ///< By the monotonic clock.
};

struct ObservedRun {
  RunId run = 0;
  AppId app;
  std::string source;
  Revision revision;
  PlanKind kind = PlanKind::kApply;
  RunTrigger trigger = RunTrigger::kSync;
  RunStatus status = RunStatus::kRunning;
  WallTime started{};
  WallTime finished{};                ///< Only when it has ended.
  std::chrono::microseconds took{0};  ///< By the monotonic clock, since this process took it up.
};

class EngineObserver {
 public:
  virtual ~EngineObserver() = default;

  /// The source as the store had it when this process began.
  virtual void OnSourceKnown(const SourceRecord& /*source*/) {}
  /// A look at a source was recorded, or failed and that was recorded.
  virtual void OnSourceLook(const SourceRecord& /*source*/, WallTime /*now*/) {}
  virtual void OnSourceForgotten(const std::string& /*name*/) {}
  /// What is known of an app was written: by a look, a run or a person.
  virtual void OnAppSaved(const AppRecord& /*app*/) {}
  virtual void OnAppForgotten(const AppId& /*app*/) {}

  virtual void OnRunBegun(const ObservedRun& /*run*/) {}
  virtual void OnActionFinished(const ObservedAction& /*action*/) {}
  virtual void OnRunFinished(const ObservedRun& /*run*/) {}
  /// The run was stopped on request and stays unfinished.
  virtual void OnRunStopped(RunId /*run*/) {}
  /// Events were appended: there may be something to tell.
  virtual void OnEvents() {}

  /// One call of the store. `call` is a fixed text such as "BeginRun".
  virtual void OnStoreCall(std::string_view /*call*/, std::chrono::microseconds /*took*/,
                           bool /*failed*/) {}

  /// A delivery was answered. `provider` and `verdict` are fixed texts: "github", "accepted".
  virtual void OnWebhook(std::string_view /*provider*/, std::string_view /*verdict*/) {}
  /// Somebody asked for a look at the source: a webhook, the API. Begins its lag.
  virtual void OnSourceAsked(const std::string& /*source*/, WallTime /*now*/) {}
  virtual void OnConfigReload(bool /*succeeded*/, WallTime /*now*/) {}
};

/// Passes everything on to several observers, in order. Filled before it is used; borrows them.
class ObserverList : public EngineObserver {
 public:
  void Add(EngineObserver& observer) { observers_.push_back(&observer); }

  void OnSourceKnown(const SourceRecord& source) override {
    for (EngineObserver* each : observers_) each->OnSourceKnown(source);
  }
  void OnSourceLook(const SourceRecord& source, WallTime now) override {
    for (EngineObserver* each : observers_) each->OnSourceLook(source, now);
  }
  void OnSourceForgotten(const std::string& name) override {
    for (EngineObserver* each : observers_) each->OnSourceForgotten(name);
  }
  void OnAppSaved(const AppRecord& app) override {
    for (EngineObserver* each : observers_) each->OnAppSaved(app);
  }
  void OnAppForgotten(const AppId& app) override {
    for (EngineObserver* each : observers_) each->OnAppForgotten(app);
  }
  void OnRunBegun(const ObservedRun& run) override {
    for (EngineObserver* each : observers_) each->OnRunBegun(run);
  }
  void OnActionFinished(const ObservedAction& action) override {
    for (EngineObserver* each : observers_) each->OnActionFinished(action);
  }
  void OnRunFinished(const ObservedRun& run) override {
    for (EngineObserver* each : observers_) each->OnRunFinished(run);
  }
  void OnRunStopped(RunId run) override {
    for (EngineObserver* each : observers_) each->OnRunStopped(run);
  }
  void OnEvents() override {
    for (EngineObserver* each : observers_) each->OnEvents();
  }
  void OnStoreCall(std::string_view call, std::chrono::microseconds took, bool failed) override {
    for (EngineObserver* each : observers_) each->OnStoreCall(call, took, failed);
  }
  void OnWebhook(std::string_view provider, std::string_view verdict) override {
    for (EngineObserver* each : observers_) each->OnWebhook(provider, verdict);
  }
  void OnSourceAsked(const std::string& source, WallTime now) override {
    for (EngineObserver* each : observers_) each->OnSourceAsked(source, now);
  }
  void OnConfigReload(bool succeeded, WallTime now) override {
    for (EngineObserver* each : observers_) each->OnConfigReload(succeeded, now);
  }

 private:
  std::vector<EngineObserver*> observers_;
};

}  // namespace gitops
