#include "engine/reconcile/serial_mirror.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <thread>

#include "tests/support/fake_git_mirror.h"

namespace gitops {
namespace {

/// So long a call may take until it counts as stuck; never waited out otherwise.
constexpr std::chrono::seconds kPatience{60};

/// A mirror whose remote says nothing until it is told to, and that notes calls of one kind that
/// meet.
class MuteMirror : public FakeGitMirror {
 public:
  Result<Revision> Fetch(const SourceSpec& source, const Revision& known,
                         std::stop_token stop) override {
    const Visit visit(*this, fetching_);
    std::unique_lock lock(mutex_);
    changed_.notify_all();
    changed_.wait(lock, stop, [this] { return !mute_; });
    return FakeGitMirror::Fetch(source, known, stop);
  }
  Result<ObjectId> TreeAt(const SourceSpec& source, const ObjectId& commit) override {
    const Visit visit(*this, reading_);
    return FakeGitMirror::TreeAt(source, commit);
  }

  void Silence(bool mute) {
    const std::lock_guard lock(mutex_);
    mute_ = mute;
    changed_.notify_all();
  }
  void AwaitFetch() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return fetching_ > 0; });
  }
  bool met() const { return met_; }

 private:
  struct Visit {
    Visit(MuteMirror& mirror, std::atomic<int>& counter) : visitors(counter) {
      if (visitors.fetch_add(1) > 0) mirror.met_ = true;
    }
    ~Visit() { --visitors; }
    std::atomic<int>& visitors;
  };

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool mute_ = false;
  std::atomic<int> fetching_{0};
  std::atomic<int> reading_{0};
  std::atomic<bool> met_{false};
};

class SerialMirrorTest : public testing::Test {
 protected:
  SerialMirrorTest() {
    source_.name = "apps";
    commit_ = mute_.Commit("apps", MemoryTree({{"file", "text"}}));
  }

  MuteMirror mute_;
  SerialMirror mirror_{mute_};
  SourceSpec source_;
  ObjectId commit_;
};

TEST_F(SerialMirrorTest, WhatIsHereIsReadWhileTheRemoteIsSilent) {
  mute_.Silence(true);
  std::jthread fetch(
      [&](const std::stop_token& stop) { static_cast<void>(mirror_.Fetch(source_, {}, stop)); });
  mute_.AwaitFetch();
  auto read = std::async(std::launch::async, [&] {
    const auto tree = mirror_.TreeAt(source_, commit_);
    return tree && mirror_.Open(source_, *tree) && mirror_.FindApps(source_, *tree) &&
           mirror_.Compare(source_, *tree, *tree) &&
           mirror_.WriteSnapshots(source_, "test", {{{"test", "web"}, 1, *tree, {}}}, {});
  });
  const bool in_time = read.wait_for(kPatience) == std::future_status::ready;
  mute_.Silence(false);
  EXPECT_TRUE(read.get());
  EXPECT_TRUE(in_time) << "it waited for the remote";
}

TEST_F(SerialMirrorTest, CallsOfOneKindNeverMeet) {
  const auto work = [&] {
    for (int i = 0; i < 2'000; ++i) {
      EXPECT_TRUE(mirror_.Fetch(source_, {}, {}));
      EXPECT_TRUE(mirror_.TreeAt(source_, commit_));
    }
  };
  {
    const std::jthread first(work);
    const std::jthread second(work);
  }
  EXPECT_FALSE(mute_.met());
}

}  // namespace
}  // namespace gitops
