// MirrorTest: a LibGit2Mirror on a fresh state directory with the real fetch child, and shorthands.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sources/fetch_child.h"
#include "sources/libgit2_mirror.h"
#include "tests/support/git_fixture.h"

namespace gitops {

class MirrorTest : public testing::Test {
 protected:
  MirrorTest() { Restart(); }

  /// A new engine process on the same state directory.
  void Restart() {
    MirrorOptions options = options_;
    options.state_dir = fixture_.Path("state");
    options.self_executable = FETCH_CHILD;
    mirror_.reset();
    runner_ = std::make_unique<PosixProcessRunner>(fixture_.clock(), &counters_);
    nursery_.reset();
    // As the daemon fetches; as commands do without.
    if (std::getenv("TFGRID_COMPOSE_TEST_NURSERY") != nullptr) {
      auto nursery = Nursery::Start(FetchNursery(FETCH_CHILD));
      EXPECT_TRUE(nursery) << Explain(nursery);
      if (nursery) nursery_ = *std::move(nursery);
      runner_->UseNursery(nursery_.get());
    }
    mirror_ = std::make_unique<LibGit2Mirror>(options, *runner_, fixture_.clock(), counters_);
  }

  SourceSpec Source(const std::string& url, const std::string& name = "apps") const {
    SourceSpec source;
    source.name = name;
    source.url = url;
    source.timeout = std::chrono::seconds(30);
    return source;
  }
  std::string MirrorPath(const std::string& name = "apps") const {
    return fixture_.Path("state/mirrors/" + name + ".git");
  }

  Result<Revision> Fetch(const SourceSpec& source, const Revision& known = {}) {
    return mirror_->Fetch(source, known, {});
  }
  /// Fetches what has to work.
  Revision MustFetch(const SourceSpec& source, const Revision& known = {}) {
    const Result<Revision> revision = Fetch(source, known);
    EXPECT_TRUE(revision) << Explain(revision);
    return revision ? *revision : Revision{};
  }
  std::vector<std::string> AppPaths(const SourceSpec& source, const Revision& revision) {
    const auto tree = mirror_->TreeAt(source, revision.commit);
    EXPECT_TRUE(tree) << Explain(tree);
    if (!tree) return {};
    const auto apps = mirror_->FindApps(source, *tree);
    EXPECT_TRUE(apps) << Explain(apps);
    std::vector<std::string> paths;
    if (apps) {
      for (const AppDirectory& app : *apps) paths.push_back(app.path);
    }
    return paths;
  }

  template <typename T>
  static std::string Explain(const Result<T>& result) {
    if (result) return "no error";
    const Diagnostic& primary = result.error().primary();
    return std::string(ToString(result.error().kind)) + " | " + primary.summary + " | " +
           primary.detail + " | " + primary.hint;
  }
  /// The error has this kind, and its text holds each of `parts`.
  template <typename T>
  static void ExpectError(const Result<T>& result, ErrorKind kind,
                          const std::vector<std::string>& parts) {
    ASSERT_FALSE(result);
    const std::string text = Explain(result);
    EXPECT_EQ(ToString(result.error().kind), ToString(kind)) << text;
    for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << text;
  }

  GitFixture fixture_;
  MirrorOptions options_;
  WorkCounters counters_;
  std::unique_ptr<PosixProcessRunner> runner_;
  std::unique_ptr<Nursery> nursery_;  ///< Only when tests ask for it.
  std::unique_ptr<LibGit2Mirror> mirror_;
};

}  // namespace gitops
