// What hooks print: shown as text wherever it is shown. And what they see: the run's own commit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/digest.h"
#include "tests/integration/hostile/hostile_world.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OutputTest : public testing::HostileWorld {
 protected:
  /// True when the text has no control bytes but line ends and tabs.
  static bool IsTame(const std::string& text) {
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f || byte >= 0xf8) return false;
    }
    return true;
  }
};

TEST_F(OutputTest, EscapesAndBrokenBytesReachNoScreen) {
  Configure("environments: {default: {environment: {TOKEN: {variable: THE_TOKEN}}}}\n");
  program_.environment["THE_TOKEN"] = "swordfish-0123456789";
  WriteApp("bad",
           "printf '\\033]0;owned\\007\\033[2J\\377\\376 \\000 \\b\\177 token=%s\\n' \"$TOKEN\"\n"
           "exit 1\n",
           "environment:\n  - {name: TOKEN, secret: true}\n");
  std::string all = Up("bad").output;
  for (const std::vector<std::string>& words : {std::vector<std::string>{"up", "bad"},
                                                {"logs", "bad"},
                                                {"status", "bad"},
                                                {"status"},
                                                {"events"},
                                                {"history", "bad"},
                                                {"explain", "bad"},
                                                {"status", "bad", "-o", "json"},
                                                {"events", "-o", "json"},
                                                {"history", "bad", "-o", "yaml"}}) {
    const ProcessResult result = program_.Run(words);
    EXPECT_TRUE(IsTame(result.output + result.error_output)) << words.front();
    all += result.output + result.error_output;
  }
  EXPECT_TRUE(IsTame(all));
  EXPECT_THAT(all, HasSubstr("token="));
  EXPECT_THAT(all, Not(HasSubstr("swordfish")));
  EXPECT_TRUE(IsTame(program_.directory.Read("state/logs/default/bad/1.log")));
}

TEST_F(OutputTest, AFloodIsCutAndMarked) {
  Configure("limits: {runLogSize: 1MB}\n");
  WriteApp("bad", "yes 0123456789012345678901234567890123456789 | head -c 30000000\n");
  EXPECT_EQ(Up("bad").exit_code, kExitDone);
  const std::string log = program_.directory.Read("state/logs/default/bad/1.log");
  EXPECT_LT(log.size(), 1100U * 1024);
  EXPECT_THAT(log, HasSubstr("the log has reached its limit of 1048576 bytes"));
}

TEST_F(OutputTest, ARunKeepsItsCommitWhileTheBranchMoves) {
  program_.directory.Write("repository/web/src/page", "one\r\n");
  program_.directory.Write("repository/web/.gitattributes", "* text eol=lf\n");
  WriteApp("repository/web",
           "cp \"$TFGRID_SOURCE_DIR/page\" \"$TFGRID_DATA_DIR/before\"\n"
           "cd \"$REPOSITORY\" && echo two >web/src/page &&\n"
           "git -c user.name=t -c user.email=t@example.org -c core.autocrlf=false commit -qam two "
           "&&\ncp \"$TFGRID_SOURCE_DIR/page\" \"$TFGRID_DATA_DIR/after\"\n"
           "echo \"$TFGRID_REVISION\" >\"$TFGRID_DATA_DIR/revision\"\n"
           "ls -A \"$TFGRID_SOURCE_DIR\" >\"$TFGRID_DATA_DIR/files\"\n",
           "environment:\n  - {name: REPOSITORY, default: " + (program_.directory / "repository") +
               "}\n");
  Commit();
  const std::string first = program_.Shell("git -C repository rev-parse HEAD").output.substr(0, 40);
  const std::string bytes = program_.Shell("git -C repository show HEAD:web/src/page").output;
  const ProcessResult result = program_.Run({"reconcile", "-o", "json"});
  ASSERT_EQ(result.exit_code, kExitDone) << result.output;
  EXPECT_EQ(Data("web", "before"), bytes);
  EXPECT_EQ(Data("web", "after"), bytes);
  EXPECT_THAT(Data("web", "revision"), HasSubstr(first));
  EXPECT_THAT(Data("web", "files"), Not(HasSubstr(".git\n")));
  EXPECT_THAT(program_.Run({"status", "web", "-o", "json"}).output, HasSubstr(first));
  EXPECT_THAT(program_.Run({"reconcile", "--dry-run", "-o", "json"}).output,
              HasSubstr("\"verdict\": \"update\""));
}

}  // namespace
}  // namespace gitops
