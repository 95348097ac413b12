// FakeServices: what commands need, without files, locks or a database, around a FakeEngine; and a
// way to run a whole command line in it.
#pragma once

#include <string>
#include <vector>

#include "engine/cli/commands/command.h"
#include "engine/cli/usage.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_engine.h"

namespace gitops {

class StringStream : public OutputStream {
 public:
  void Write(std::string_view text) override { written += text; }
  Status Flush() override { return {}; }

  std::string written;
};

class FakeServices : public Services {
 public:
  FakeEngine engine;
  Config config;
  std::vector<PatternListing> patterns;
  DoctorReport doctor;
  Result<WebhookAnswer> webhook_answer = WebhookAnswer{"http://127.0.0.1:8420/hooks/x", 200};
  std::optional<bool> answer;               ///< Of a person who is asked; nullopt: no terminal.
  std::optional<Error> open_error;          ///< Of OpenEngine.
  DeliveryStore* delivery_store = nullptr;  ///< Null: there is no state.
  AccessStores* access_stores = nullptr;    ///< Tokens and audit; null: there is no state.
  std::optional<Error> serve_error;         ///< Of Serve.
  std::optional<Error> cancel_error;        ///< Of CancelRun.
  bool has_state = false;
  bool in_use = true;  ///< Whether somebody works on the state.
  FakeClock fake_clock;
  std::vector<std::string> calls;  ///< What was opened, asked, saved and restored.
  std::string directory = "/work";

  Result<const Config*> GetConfig() override { return &config; }
  Result<Engine*> OpenEngine(Access access) override {
    calls.emplace_back(access == Access::kRead ? "open to read" : "open to write");
    if (open_error) return *open_error;
    return &engine;
  }
  DeliveryStore* deliveries() override { return delivery_store; }
  Result<AccessStores*> OpenAccess(Access) override {
    if (open_error) return *open_error;
    return access_stores;
  }
  Status CancelRun(RunId run) override {
    calls.push_back("cancel " + std::to_string(run));
    if (cancel_error) return *cancel_error;
    return {};
  }
  Result<WebhookAnswer> ProbeWebhook(const SourceSpec& source) override {
    calls.push_back("probe " + source.name);
    return webhook_answer;
  }
  Result<std::vector<PatternListing>> ListPatterns() override { return patterns; }
  Result<ValidationReport> Validate(const std::vector<std::string>& paths,
                                    std::stop_token stop) override {
    PatternCatalog catalog{std::vector<PatternPlace>{}};
    return ValidatePaths(paths, catalog, stop);
  }
  Status CheckAppDirectory(const std::string&) override { return {}; }
  DoctorReport Examine(std::stop_token) override { return doctor; }
  Status Backup(const std::string& file) override {
    calls.push_back("backup " + file);
    return {};
  }
  Result<std::string> Restore(const std::string& file) override {
    calls.push_back("restore " + file);
    return has_state ? "/state/state.db.replaced" : std::string();
  }
  Result<bool> HasState() override { return has_state; }
  Status Serve(std::stop_token) override {
    calls.push_back("Serve");
    if (serve_error) return *serve_error;
    return {};
  }
  bool IsStateInUse() override { return in_use; }
  std::string user() const override { return "ann"; }
  const Clock& clock() const override { return fake_clock; }
  Sleeper& sleeper() override { return fake_clock; }
  std::string working_directory() const override { return directory; }
  std::optional<bool> Confirm(std::string_view question, std::stop_token) override {
    calls.push_back("asked: " + std::string(question));
    return answer;
  }
};

struct CommandOutcome {
  int exit_code = -1;
  std::string out;
  std::string error;
};

/// Runs a command line as the program does.
inline CommandOutcome RunLine(FakeServices& services, const std::vector<std::string>& words,
                              std::stop_token stop = {}, RenderOptions render = {}) {
  CommandOutcome outcome;
  const ParseOutcome parsed = ParseArguments(words);
  if (const auto* misuse = std::get_if<UsageError>(&parsed)) {
    return {kExitUsage, "", UsageErrorText(*misuse)};
  }
  const Arguments& arguments = std::get<Arguments>(parsed);
  StringStream out;
  StringStream error;
  const WorkCounters counters;
  ScreenOptions options;
  options.format = arguments.output;
  options.render = render;
  options.stats = arguments.stats;
  Screen screen(out, error, counters, options);
  Invocation invocation{arguments, screen, services, stop};
  outcome.exit_code = RunCommand(invocation);
  outcome.out = out.written;
  outcome.error = error.written;
  return outcome;
}

}  // namespace gitops
