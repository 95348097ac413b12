// What a hook with a user of its own can reach: its app, and nothing of the engine or of others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/os/confinement.h"
#include "tests/integration/hostile/hostile_world.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kOwnUsers = "environments: {default: {runAs: app}}\n";

constexpr const char* kEngineUser = "environments: {default: {runAs: engine}}\n";

/// What would hurt the machine itself is only tried by a hook that has lost its rights.
constexpr const char* kNeverAsRoot = "[ \"$(id -u)\" != 0 ] || exit 99\n";

class BoundaryTest : public testing::HostileWorld {
 protected:
  void SetUp() override {
    if (!CanConfine()) GTEST_SKIP() << "needs root and the right to make mount namespaces";
    program_.environment["CANARY"] = "canary-of-the-engine";
    Configure(kOwnUsers);
  }
};

TEST_F(BoundaryTest, TheDatabaseTheKeyOtherAppsAndTheEngineAreOutOfReach) {
  WriteApp("good", "echo canary-of-good >\"$TFGRID_DATA_DIR/private\"\n");
  ASSERT_EQ(Up("good").exit_code, kExitDone);
  WriteApp("bad",
           "exec >\"$TFGRID_DATA_DIR/loot\" 2>\"$TFGRID_DATA_DIR/errors\"\n"
           "state=${TFGRID_APP_ROOT%/apps/*}\n"
           "for file in state.db state.db-wal key lock users logs/default/good/1.log "
           "apps/default/good/data/private apps/default/good/host.json; do\n"
           "  cat \"$state/$file\" && echo \"reached $file\"\n"
           "done\n"
           "find \"$state\" -type f -not -path \"$TFGRID_APP_ROOT/*\" | "
           "sed 's/^/reached /'\n"
           "for p in /proc/[0-9]*; do cat $p/environ $p/mem; ls -l $p/fd $p/cwd/; done\n"
           "ls \"$TFGRID_APP_ROOT\"/run/ && echo reached run\n"
           "true\n");
  ASSERT_EQ(Up("bad").exit_code, kExitDone) << Log("bad");
  const std::string loot = Data("bad", "loot");
  EXPECT_THAT(loot,
              AllOf(Not(HasSubstr("reached")), Not(HasSubstr("canary")), Not(HasSubstr("SQLite"))));
  EXPECT_THAT(Data("bad", "errors"), HasSubstr("state.db"));
}

TEST_F(BoundaryTest, NothingIsWrittenOutsideTheApp) {
  WriteApp(
      "bad",
      std::string(kNeverAsRoot) +
          "for place in /etc /usr/bin /var/lib / \"$TFGRID_APP_ROOT\" \"${TFGRID_APP_ROOT%/*}\" "
          "\"${TFGRID_APP_ROOT%/apps/*}\"; do\n"
          "  touch \"$place/hostile-was-here\" && echo \"$place\" >>\"$TFGRID_DATA_DIR/written\"\n"
          "done\n"
          "rmdir \"$TFGRID_APP_ROOT/home\" && echo home >>\"$TFGRID_DATA_DIR/written\"\n"
          "ln -s /etc \"$TFGRID_APP_ROOT/link\" && echo link >>\"$TFGRID_DATA_DIR/written\"\n"
          "touch /tmp/hostile-was-here /var/tmp/hostile-was-here\n");
  ASSERT_EQ(Up("bad").exit_code, kExitDone) << Log("bad");
  EXPECT_EQ(Data("bad", "written"), "");
  EXPECT_NE(access("/tmp/hostile-was-here", F_OK), 0);
  EXPECT_NE(access("/var/tmp/hostile-was-here", F_OK), 0);
}

TEST_F(BoundaryTest, NeitherRightsNorGroupsNorPrivilegesAreLeft) {
  WriteApp("bad",
           "grep -E '^(Uid|Groups|CapPrm|CapEff|NoNewPrivs)' /proc/self/status "
           ">\"$TFGRID_DATA_DIR/status\"\numask >>\"$TFGRID_DATA_DIR/status\"\n"
           "cat /proc/self/oom_score_adj >>\"$TFGRID_DATA_DIR/status\"\n");
  ASSERT_EQ(Up("bad").exit_code, kExitDone) << Log("bad");
  const std::string status = Data("bad", "status");
  EXPECT_THAT(status, AllOf(Not(HasSubstr("Uid:\t0")), HasSubstr("CapPrm:\t0000000000000000"),
                            HasSubstr("CapEff:\t0000000000000000"), HasSubstr("NoNewPrivs:\t1"),
                            HasSubstr("0077\n300\n")));
  EXPECT_THAT(status, ::testing::ContainsRegex("Groups:[ \t]*\n"));
}

TEST_F(BoundaryTest, TheEngineCannotBeKilledAndOthersDoNotNotice) {
  WriteApp("repository/bad",
           std::string(kNeverAsRoot) + "kill -9 $PPID; kill -STOP $PPID; kill -9 -1; exit 7\n");
  WriteApp("repository/good", "echo fine >\"$TFGRID_DATA_DIR/answer\"\n");
  Commit(kOwnUsers);
  const ProcessResult result = program_.Run({"reconcile", "-o", "json"});
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.output, HasSubstr("exit code 7"));
  EXPECT_EQ(Data("good", "answer"), "fine\n");
}

TEST_F(BoundaryTest, EachAppHasANumberOfItsOwnAndGivesItBack) {
  for (const char* name : {"one", "two"}) {
    WriteApp(name, "id -u >\"$TFGRID_DATA_DIR/id\"\n");
    ASSERT_EQ(Up(name).exit_code, kExitDone) << Log(name);
  }
  EXPECT_NE(Data("one", "id"), Data("two", "id"));
  const std::string number = Data("one", "id").substr(0, Data("one", "id").size() - 1);
  EXPECT_EQ(program_.Run({"exec", "one", "--", "id", "-u"}).output, number + "\n");
  const std::string link = program_.directory / ("state/users/" + number);
  EXPECT_EQ(access((program_.directory / "state/users").c_str(), F_OK), 0);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(program_.Run({"down", "one", "--yes"}).exit_code, kExitDone);
  EXPECT_FALSE(std::filesystem::is_symlink(link));
}

TEST_F(BoundaryTest, DataFollowsWhenTheUserChanges) {
  const char* script =
      "cat \"$TFGRID_DATA_DIR/kept\"; echo mine >\"$TFGRID_DATA_DIR/kept\"\n"
      "stat -c %u \"$TFGRID_DATA_DIR/kept\" >\"$TFGRID_DATA_DIR/owner\"\n";
  Configure(kEngineUser);
  WriteApp("web", script);
  ASSERT_EQ(Up("web").exit_code, kExitDone) << Log("web");
  EXPECT_EQ(Data("web", "owner"), "0\n");
  Configure(kOwnUsers);
  WriteApp("web", std::string(script) + "# own user\n");
  ASSERT_EQ(Up("web").exit_code, kExitDone) << Log("web");
  EXPECT_NE(Data("web", "owner"), "0\n");
  Configure(kEngineUser);
  WriteApp("web", std::string(script) + "# the engine's again\n");
  ASSERT_EQ(Up("web").exit_code, kExitDone) << Log("web");
  EXPECT_EQ(Data("web", "owner"), "0\n");
}

TEST_F(BoundaryTest, TheFixedPathsOfTheBashToolAreTheAppsOwn) {
  WriteApp("old",
           "cmp /tmp/app-deployment/configure.sh \"$TFGRID_DEPLOYMENT_DIR/configure.sh\" &&\n"
           "test -d /tmp/app-source && echo same >\"$TFGRID_DATA_DIR/answer\"\n");
  ASSERT_EQ(Up("old").exit_code, kExitDone) << Log("old");
  EXPECT_EQ(Data("old", "answer"), "same\n");
}

TEST_F(BoundaryTest, DaemonsOfTheAppEndWithItHoweverTheyHide) {
  WriteApp("bad",
           "cd \"$TFGRID_DATA_DIR\"\n(setsid env -i /bin/sh -c 'echo $$ >new; mv new daemon; exec "
           "sleep 1000' </dev/null >/dev/null 2>&1 &)\n"
           "while [ ! -s daemon ]; do sleep 0.01; done\n");
  ASSERT_EQ(Up("bad").exit_code, kExitDone) << Log("bad");
  const pid_t daemon = PidIn("bad", "daemon");
  ASSERT_TRUE(Lives(daemon));
  EXPECT_EQ(program_.Run({"down", "bad", "--yes"}).exit_code, kExitDone);
  EXPECT_FALSE(Lives(daemon));
}

TEST_F(BoundaryTest, AnExampleRunsAsAUserOfItsOwn) {
  const std::string port = std::to_string(20'000 + getpid() % 10'000);
  Configure("environments: {default: {runAs: app, environment: {PORT: \"" + port + "\"}}}\n");
  const std::string examples = std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/examples/";
  const ProcessResult copied = program_.Shell("cp -r '" + examples + "static-site' site");
  ASSERT_EQ(copied.exit_code, 0) << copied.error_output;
  EXPECT_EQ(Up("site").exit_code, kExitDone) << Log("static-site");
  const pid_t service = PidIn("static-site", "service.pid");
  EXPECT_TRUE(Lives(service));
  const ProcessResult owner =
      program_.Shell("stat -c %u /proc/" + std::to_string(service) + "/environ");
  EXPECT_NE(owner.output, "0\n");
  EXPECT_EQ(program_.Run({"down", "static-site", "--yes"}).exit_code, kExitDone);
  EXPECT_FALSE(Lives(service));
}

TEST_F(BoundaryTest, AHookOfTheSamePlainUserDoesNotReadTheEngine) {
  Configure(kEngineUser);
  const std::string as_user = "setpriv --reuid 54321 --regid 54321 --clear-groups \"$P\" ";
  ASSERT_EQ(program_.Shell("chown -R 54321:54321 .").exit_code, 0);
  if (program_.Shell(as_user + "version").exit_code != 0) {
    GTEST_SKIP() << "needs setpriv and a build directory that others can read";
  }
  WriteApp("bad",
           "for p in /proc/[0-9]*; do cat $p/environ $p/mem; done >\"$TFGRID_DATA_DIR/loot\" "
           "2>/dev/null\ntrue\n");
  const ProcessResult result = program_.Shell(as_user + "up bad");
  EXPECT_EQ(result.exit_code, kExitDone) << result.output << result.error_output;
  EXPECT_THAT(Data("bad", "loot"),
              AllOf(HasSubstr("TFGRID_HOOK"), Not(HasSubstr("canary-of-the-engine"))));
}

}  // namespace
}  // namespace gitops
