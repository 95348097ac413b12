#include "engine/drivers/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string Stream(const Redactor& redactor, const std::string& text, std::size_t piece) {
  RedactingStream stream(redactor);
  std::string shown;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    shown += stream.Add(std::string_view(text).substr(at, piece));
  }
  return shown + stream.Finish();
}

TEST(RedactingStreamTest, PiecesOfAnySizeGiveWhatTheWholeGives) {
  const Redactor redactor({Secret("hunter2-canary"), Secret("line one\nline two"), Secret("aaaa")});
  const std::string text =
      "a\nhunter2-canary b hunter2-canaryhunter2-canary\nline one\nline two\n"
      "aVery aaaa line one\nline three https://u:p@host/x \xc3\xa9\xe2\x82\xac\r\nend";
  for (std::size_t piece = 1; piece < 40; ++piece) {
    EXPECT_EQ(Stream(redactor, text, piece), ShowableText(redactor, text)) << piece;
  }
}

TEST(RedactingStreamTest, ALineThatNeverEndsIsPassedOnWithoutCuttingASecret) {
  const Redactor redactor({Secret("hunter2-canary")});
  std::string text;
  while (text.size() < 400'000) text += "xyz hunter2-canary \xe2\x82\xac https://u:secretpass@h/ ";
  RedactingStream stream(redactor);
  std::string shown;
  std::size_t largest = 0;
  for (std::size_t at = 0; at < text.size(); at += 1000) {
    const std::string piece = stream.Add(std::string_view(text).substr(at, 1000));
    largest = std::max(largest, piece.size());
    shown += piece;
  }
  EXPECT_GT(shown.size(), 100'000U) << "it came out before the end";
  shown += stream.Finish();
  EXPECT_EQ(shown, ShowableText(redactor, text));
  EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown, Not(HasSubstr("secretpass")));
  EXPECT_LT(largest, 100'000U);
}

TEST(RedactingStreamTest, LinesComeOutAtOnceWhenThereIsNothingToHide) {
  RedactingStream stream{Redactor()};
  EXPECT_EQ(stream.Add("one\ntwo"), "one\n");
  EXPECT_EQ(stream.Add("\r\n"), "two\n");
}

class RunLogTest : public testing::Test {
 protected:
  std::unique_ptr<RunLog> Open(const Redactor& redactor = {}, std::int64_t limit = 1'000'000) {
    auto log = RunLog::Open(path_, redactor, clock_, limit);
    EXPECT_TRUE(log) << (log ? "" : log.error().ToString());
    return *std::move(log);
  }
  std::string Text() const { return dir_.Read("logs/production/web/7.log"); }

  TempDir dir_;
  FakeClock clock_;
  std::string path_ = RunLogPath(dir_.path(), {"production", "web"}, 7);
};

TEST_F(RunLogTest, NotesAndOutputInOrder) {
  {
    const auto log = Open();
    log->Note("app.setup: run");
    log->Write("one\ntw");
    log->Write("o");
    log->Note("app.setup: done");
  }
  EXPECT_EQ(Text(),
            "2026-11-21T00:00:00.000Z app.setup: run\none\ntwo\n"
            "2026-11-21T00:00:00.000Z app.setup: done\n");
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(RunLogTest, CanariesNeverReachTheFile) {
  {
    const auto log = Open(Redactor({Secret("hunter2-canary")}));
    for (const char c : std::string("x hunter2-canary y\nhunter2-can")) log->Write({&c, 1});
    log->Write("ary");
    log->Note("note with hunter2-canary");
  }
  EXPECT_THAT(Text(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(Text(), HasSubstr("x (secret) y\n(secret)\n"));
}

TEST_F(RunLogTest, ControlBytesAndBrokenTextBecomeVisible) {
  {
    const auto log = Open();
    log->Write(std::string("a\x1b[31mred\0\xff\n", 12));
    log->Note("two\nlines");
  }
  EXPECT_THAT(Text(), HasSubstr("a\\x1b[31mred\\x00\\xff\n"));
  EXPECT_THAT(Text(), HasSubstr("two\\nlines\n"));
}

TEST_F(RunLogTest, TheCapIsMarkedOnceAndTheTailGoesOn) {
  {
    const auto log = Open({}, 1000);
    for (int i = 0; i < 10'000; ++i) log->Write("line " + std::to_string(i) + "\n");
    EXPECT_THAT(log->Tail(), testing::Contains("line 9999"));
    EXPECT_EQ(log->Tail().size(), 20U);
  }
  EXPECT_LT(Text().size(), 1200U);
  EXPECT_THAT(Text(), testing::EndsWith("nothing more is written)\n"));
  EXPECT_THAT(Text(), HasSubstr("line 1\n"));
}

TEST_F(RunLogTest, AResumedRunGoesOnInItsLog) {
  { Open()->Note("first"); }
  { Open()->Note("second"); }
  EXPECT_THAT(Text(), HasSubstr("first\n"));
  EXPECT_THAT(Text(), HasSubstr("second\n"));
}

TEST_F(RunLogTest, TheTailIsOfTheNewestOutput) {
  const auto log = Open(Redactor({Secret("hunter2-canary")}));
  log->Write("setup\n");
  log->Note("setup: exit code 0");
  log->Note("configure: run");
  log->Write("configuring\nhunter2-canary");
  log->Note("configure: exit code 1");
  EXPECT_THAT(log->Tail(), ElementsAre("configuring", "(secret)"));
}

TEST_F(RunLogTest, LongLinesOfTheTailAreCut) {
  const auto log = Open();
  log->Write(std::string(5000, 'x') + "\n");
  ASSERT_EQ(log->Tail().size(), 1U);
  EXPECT_LT(log->Tail()[0].size(), 1010U);
}

}  // namespace
}  // namespace gitops
