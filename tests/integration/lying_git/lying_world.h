// LyingWorld: the real binary with two sources that each hold an app: "lying", whose server a test
// turns bad, and "honest", which has to go on. Counts what came out of each fault, for the table of
// docs/reliability.md.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/integration/cli/program.h"
#include "tests/support/git_http_server.h"
#include "tests/support/measured_process.h"
#include "tests/support/tcp_relay.h"

namespace gitops {

/// One way of a server to misbehave.
struct Fault {
  std::string name;                ///< As it stands in the table.
  std::function<void()> begin;     ///< The server turns bad.
  std::vector<std::string> says;   ///< What the error has to tell, with the host.
  std::function<void()> end = {};  ///< Only where being honest again takes more than usual.
  bool survives = false;           ///< It is no error: the new state has to be applied.
};

class LyingWorld {
 public:
  static constexpr long kPeakKib = 256 * 1024;
  /// Longer than the limit only where a machine is very slow: the source's timeout is 2 s.
  static constexpr std::chrono::seconds kLongest{60};

  LyingWorld() {
    Publish();
    if (const char* options = std::getenv("ASAN_OPTIONS"))
      program_.environment["ASAN_OPTIONS"] = options;
  }

  GitFixture& fixture() { return fixture_; }
  testing::Program& program() { return program_; }
  std::string Repository(const std::string& name) const { return fixture_.Path(name + ".git"); }

  void Configure(const std::string& url, const std::string& more = "",
                 const std::string& timeout = "2s") {
    program_.directory.Write(
        "reconciler.yaml", "sources:\n  - {name: lying, url: '" + url + "', timeout: " + timeout +
                               more + "}\n  - {name: honest, url: " + Repository("honest") + "}\n");
  }

  /// A new commit in both repositories; the apps carry its number.
  void Publish(bool keep_history = true) {
    ++version_;
    for (const char* name : {"lying", "honest"}) Commit(name, version_, keep_history);
  }
  std::string Commit(const std::string& name, int version, bool keep_history = true) {
    return fixture_.Commit(Repository(name), FilesOf(name, version), "main", keep_history);
  }

  /// Both sources as they are published.
  void ExpectAllIsWell(const std::string& when) {
    const MeasuredResult result = Reconcile();
    Check(result.exit_code == 0, when + ": " + result.output + result.error_output);
    for (const char* name : {"lying", "honest"}) {
      Check(Deployed(name) == version_, when + ": " + name + " is not up to date");
    }
  }

  /// Turns the server bad, lets a pass meet it, checks what has to hold, and heals it.
  void Run(const Fault& fault, const std::string& host, const std::function<void()>& heal) {
    SCOPED_TRACE(fault.name);
    violations_ = 0;
    const int before = version_;
    Publish();
    fault.begin();
    const auto files = MirrorFiles();
    const MeasuredResult result = Reconcile();
    const auto report = nlohmann::json::parse(result.output, nullptr, false);
    Check(report.is_object(), "no report: " + result.output + result.error_output);
    if (!report.is_object()) return;
    const std::string said = ErrorOf(report, "lying");
    Check(Deployed("honest") == version_, "the other source did not go on");
#if !defined(__SANITIZE_ADDRESS__)  // It keeps what is freed.
    Check(result.peak_kib < kPeakKib, "it took " + std::to_string(result.peak_kib) + " KiB");
#endif
    Check(result.duration < kLongest, "it took " + std::to_string(result.duration.count()) + " ms");
    if (fault.survives) {
      Check(said.empty() && Deployed("lying") == version_, "not applied: " + said);
      Count("applied");
    } else {
      Check(result.exit_code == 1, "exit code " + std::to_string(result.exit_code));
      Check(Deployed("lying") == before, "the last good state was touched");
      Check(said.find(host) != std::string::npos, "no host: " + said);
      for (const std::string& part : fault.says) {
        Check(said.find(part) != std::string::npos, "not \"" + part + "\": " + said);
      }
      Check(MirrorFiles() == files, "left over: " + Added(files, MirrorFiles()));
      Count("last good kept");
    }
    heal();
    if (fault.end) fault.end();
    ExpectAllIsWell("healed");
    if (violations_ == 0) Count("recovered by the next pass");
    rows_.push_back(
        {{"fault", fault.name}, {"runs", 1}, {"outcomes", outcomes_}, {"violations", violations_}});
    outcomes_.clear();
  }

  /// Adds the rows to git.json of $TFGRID_COMPOSE_RELIABILITY_DIR, when that is set.
  void WriteRows() const {
    const char* directory = std::getenv("TFGRID_COMPOSE_RELIABILITY_DIR");
    if (directory == nullptr) return;
    const std::string path = std::string(directory) + "/git.json";
    nlohmann::json all = nlohmann::json::parse(GitFixture::ReadFile(path), nullptr, false);
    if (!all.is_object()) all = {{"suite", "git"}, {"rows", nlohmann::json::array()}};
    for (const nlohmann::json& row : rows_) {
      auto& rows = all["rows"];
      rows.erase(
          std::remove_if(rows.begin(), rows.end(),
                         [&](const nlohmann::json& old) { return old["fault"] == row["fault"]; }),
          rows.end());
      rows.push_back(row);
    }
    std::ofstream(path) << all.dump(2) << "\n";
  }

 private:
  static std::map<std::string, std::string> FilesOf(const std::string& name, int version) {
    return {
        {name + "/tfgrid-compose.yaml",
         "name: " + name +
             "\nversion: 0.1.0\npattern: single-vm\nresources: {cpu: "
             "{recommended: 1}}\nhooks: {configure: deployment/configure.sh}\nenvironment:\n  - "
             "{name: V, default: \"" +
             std::to_string(version) + "\"}\n"},
        {name + "/deployment/configure.sh",
         "#!/bin/sh\nprintf %s \"$V\" > \"$TFGRID_DATA_DIR/version\"\n"}};
  }

  MeasuredResult Reconcile() {
    return RunMeasured({testing::Program::Path(), "reconcile", "-o", "json"}, program_.environment,
                       program_.directory.path(), fixture_.root().string());
  }

  /// The version that the app's hook saw last; 0: none.
  int Deployed(const std::string& app) const {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator(program_.directory / "state")) {
      const std::string path = entry.path().string();
      if (path.ends_with("/version") && path.find("/" + app + "/") != std::string::npos) {
        return std::atoi(GitFixture::ReadFile(path).c_str());
      }
    }
    return 0;
  }

  /// Everything in the lying source's mirror that costs space, with its size.
  std::map<std::string, std::uintmax_t> MirrorFiles() const {
    namespace fs = std::filesystem;
    std::map<std::string, std::uintmax_t> files;
    const fs::path mirror = program_.directory / "state/mirrors/lying.git";
    for (const auto& entry : fs::recursive_directory_iterator(mirror)) {
      if (entry.is_regular_file()) files[fs::relative(entry.path(), mirror)] = entry.file_size();
    }
    return files;
  }
  static std::string Added(const std::map<std::string, std::uintmax_t>& before,
                           const std::map<std::string, std::uintmax_t>& after) {
    std::string text;
    for (const auto& [path, size] : after) {
      if (!before.contains(path)) text += path + " (" + std::to_string(size) + " bytes) ";
    }
    return text;
  }

  static std::string ErrorOf(const nlohmann::json& report, const std::string& source) {
    for (const auto& entry : report.value("sources", nlohmann::json::array())) {
      if (entry["name"] == source && !entry["error"].is_null()) return entry["error"].dump();
    }
    return "";
  }

  void Check(bool holds, const std::string& otherwise) {
    if (holds) return;
    ++violations_;
    ADD_FAILURE() << otherwise.substr(0, 2000);
  }
  void Count(const std::string& outcome) { ++outcomes_[outcome]; }

  GitFixture fixture_;
  testing::Program program_;
  int version_ = 0;
  int violations_ = 0;
  std::map<std::string, int> outcomes_;
  std::vector<nlohmann::json> rows_;
};

}  // namespace gitops
