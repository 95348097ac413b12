// What the composition root reads and sets up: terminals, the state directory, its key and lock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "engine/cli/composition.h"
#include "engine/cli/doctor_checks.h"
#include "engine/cli/engine_setup.h"
#include "engine/cli/host_environment.h"
#include "engine/cli/interrupt.h"
#include "engine/os/file_lock.h"
#include "tests/support/fake_services.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

HostEnvironment Terminal() {
  HostEnvironment host;
  host.variables = {{"TERM", "xterm"}, {"LANG", "en_US.UTF-8"}};
  host.output_is_terminal = true;
  host.error_is_terminal = true;
  host.output_width = 80;
  return host;
}

TEST(ScreenOptions, ColoursOnATerminal) {
  const ScreenOptions options = MakeScreenOptions(Terminal(), {});
  EXPECT_TRUE(options.render.color);
  EXPECT_TRUE(options.render.unicode);
  EXPECT_EQ(options.render.width, 80);
  EXPECT_TRUE(options.progress);
}

TEST(ScreenOptions, PlainTextElsewhere) {
  HostEnvironment host = Terminal();
  host.output_is_terminal = false;
  host.error_is_terminal = false;
  const ScreenOptions options = MakeScreenOptions(host, {});
  EXPECT_FALSE(options.render.color);
  EXPECT_EQ(options.render.width, 0);
  EXPECT_FALSE(options.progress);
}

TEST(ScreenOptions, NoColoursWhereTheyAreNotWanted) {
  Arguments arguments;
  arguments.no_color = true;
  EXPECT_FALSE(MakeScreenOptions(Terminal(), arguments).render.color);
  const std::vector<std::pair<std::string, std::string>> settings{
      {"NO_COLOR", "1"}, {"TERM", "dumb"}, {"TERM", ""}};
  for (const auto& [name, value] : settings) {
    HostEnvironment host = Terminal();
    host.variables[name] = value;
    EXPECT_FALSE(MakeScreenOptions(host, {}).render.color) << name << "=" << value;
  }
}

TEST(ScreenOptions, AsciiWhereTheTerminalHasNoUtf8) {
  HostEnvironment host = Terminal();
  host.variables["LC_ALL"] = "C";
  EXPECT_FALSE(MakeScreenOptions(host, {}).render.unicode);
  host.variables.erase("LC_ALL");
  host.variables["LANG"] = "de_DE.utf8";
  EXPECT_TRUE(MakeScreenOptions(host, {}).render.unicode);
}

TEST(ScreenOptions, DocumentsNeedNoProgress) {
  Arguments arguments;
  arguments.output = OutputFormat::kJson;
  EXPECT_FALSE(MakeScreenOptions(Terminal(), arguments).progress);
}

class SetupTest : public ::testing::Test {
 protected:
  SetupTest() : screen_(out_, error_, counters_, {}) {
    host_.variables = {{"HOME", directory_.path()}};
    host_.working_directory = directory_.path();
    host_.user = "tester";
    arguments_.command = FindCommand("reconcile");
    arguments_.state_dir = State();
    Restart();
  }
  std::string State() const { return directory_.path() + "/state"; }
  void Restart() {
    composition_ = std::make_unique<Composition>(host_, arguments_, screen_, counters_, nullptr);
  }
  bool Exists(const std::string& name) const {
    return std::filesystem::exists(State() + "/" + name);
  }

  TempDir directory_;
  HostEnvironment host_;
  Arguments arguments_;
  StringStream out_;
  StringStream error_;
  WorkCounters counters_;
  Screen screen_;
  std::unique_ptr<Composition> composition_;
};

TEST_F(SetupTest, LookingMakesNothing) {
  const auto engine = composition_->OpenEngine(Access::kRead);
  ASSERT_TRUE(engine) << engine.error().ToString();
  const auto status = (*engine)->GetStatus("");
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->apps.empty());
  EXPECT_THAT((*engine)->GetStatus("web").error().ToString(), HasSubstr(State()));
  EXPECT_FALSE(std::filesystem::exists(State()));
}

TEST_F(SetupTest, LookingForTokensMakesNothing) {
  const auto stores = composition_->OpenAccess(Access::kRead);
  ASSERT_TRUE(stores);
  EXPECT_EQ(*stores, nullptr);
  EXPECT_FALSE(std::filesystem::exists(State()));
}

TEST_F(SetupTest, TheFirstTokenMakesTheState) {
  const auto stores = composition_->OpenAccess(Access::kWrite);
  ASSERT_TRUE(stores) << stores.error().ToString();
  ASSERT_TRUE((*stores)->tokens.Create({}, TokenDigest("one")));
  Restart();
  const auto again = composition_->OpenAccess(Access::kRead);
  ASSERT_TRUE(again && *again);
  EXPECT_EQ((*again)->tokens.List()->size(), 1U);
}

TEST_F(SetupTest, TokensAreMadeBesideAnEngineThatHoldsTheLock) {
  const auto engine = composition_->OpenEngine(Access::kWrite);
  ASSERT_TRUE(engine) << engine.error().ToString();
  Composition beside(host_, arguments_, screen_, counters_, nullptr);
  const auto stores = beside.OpenAccess(Access::kWrite);
  ASSERT_TRUE(stores) << stores.error().ToString();
  ASSERT_TRUE((*stores)->tokens.Create({}, TokenDigest("one")));
  EXPECT_EQ((*engine)->Resume("web").error().kind, ErrorKind::kNotFound)
      << "the engine still has its lease";
}

TEST_F(SetupTest, PlanningWithoutAStateLeavesNothingBehind) {
  host_.variables["TMPDIR"] = directory_.path();
  Restart();
  ASSERT_TRUE(composition_->OpenEngine(Access::kDryRun));
  EXPECT_FALSE(std::filesystem::exists(State()));
  composition_.reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(SetupTest, AdjustingWithoutAStateMakesNone) {
  const auto engine = composition_->OpenEngine(Access::kAdjust);
  ASSERT_TRUE(engine);
  EXPECT_THAT((*engine)->Resume("web").error().ToString(), HasSubstr("no state"));
  EXPECT_FALSE(std::filesystem::exists(State()));
}

/// A state directory in which something is left of a state is no new machine.
TEST_F(SetupTest, PlanningBesideTheRestOfAStateIsRefused) {
  directory_.Write("state/state.db-wal", "x");
  std::filesystem::permissions(State(), std::filesystem::perms::owner_all);
  EXPECT_FALSE(composition_->OpenEngine(Access::kDryRun));
  Restart();
  EXPECT_FALSE(composition_->OpenEngine(Access::kAdjust));
}

TEST_F(SetupTest, AStateDirectoryThatIsAFileIsRefused) {
  directory_.Write("state", "");
  for (const Access access : {Access::kRead, Access::kDryRun, Access::kAdjust, Access::kWrite}) {
    Restart();
    const auto refused = composition_->OpenEngine(access);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().ToString(),
                AllOf(HasSubstr(State()), HasSubstr("--state-dir DIR")));
  }
}

TEST_F(SetupTest, TheDoctorLeavesNothingBehind) {
  directory_.Write("reconciler.yaml", "sources: [{name: apps, url: /no/such/repository}]\n");
  host_.variables["TMPDIR"] = directory_.path();
  Restart();
  const DoctorReport report = composition_->Examine({});
  EXPECT_THAT(DoctorText(report, {}),
              AllOf(HasSubstr("source.apps"), HasSubstr("/no/such/repository")));
  composition_.reset();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(SetupTest, WorkingMakesAPrivateState) {
  ASSERT_TRUE(composition_->OpenEngine(Access::kWrite));
  for (const std::string name : {"", "key", "lock", "state.db"}) {
    struct stat info {};
    ASSERT_EQ(stat((State() + "/" + name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0077U, 0U) << name;
  }
}

TEST_F(SetupTest, ASecondEngineIsRefusedAndToldWho) {
  ASSERT_TRUE(composition_->OpenEngine(Access::kWrite));
  Composition second(host_, arguments_, screen_, counters_, nullptr);
  const auto refused = second.OpenEngine(Access::kWrite);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(refused.error().ToString(),
              AllOf(HasSubstr(std::to_string(getpid())), HasSubstr("tfgrid-compose reconcile")));
  EXPECT_TRUE(second.OpenEngine(Access::kRead));
}

TEST_F(SetupTest, TheLockGoesWithTheEngine) {
  ASSERT_TRUE(composition_->OpenEngine(Access::kWrite));
  Restart();
  EXPECT_TRUE(composition_->OpenEngine(Access::kWrite));
}

TEST_F(SetupTest, ADatabaseWithoutItsKeyIsNotGivenAnother) {
  ASSERT_TRUE(composition_->OpenEngine(Access::kWrite));
  Restart();
  std::filesystem::remove(State() + "/key");
  const auto refused = composition_->OpenEngine(Access::kWrite);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kCorruption);
  EXPECT_FALSE(Exists("key"));
}

TEST_F(SetupTest, BackupAndRestore) {
  ASSERT_TRUE(composition_->OpenEngine(Access::kWrite));
  Restart();
  const std::string copy = directory_.path() + "/copy.db";
  const Status saved = composition_->Backup(copy);
  ASSERT_TRUE(saved) << saved.error().ToString();
  EXPECT_EQ(composition_->Backup(copy).error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(*composition_->HasState());
  const auto kept = composition_->Restore(copy);
  ASSERT_TRUE(kept) << kept.error().ToString();
  EXPECT_TRUE(std::filesystem::exists(*kept));
  EXPECT_TRUE(composition_->OpenEngine(Access::kWrite));
}

TEST_F(SetupTest, DoctorLooksAtEverything) {
  ASSERT_TRUE(composition_->OpenEngine(Access::kWrite));
  Restart();
  const DoctorReport report = composition_->Examine({});
  for (const std::string name : {"configuration", "clock", "systemd", "state.directory",
                                 "state.disk", "state.lock", "state.database", "patterns"}) {
    EXPECT_THAT(report.checks, Contains(Field(&DoctorCheck::name, name)));
  }
}

TEST_F(SetupTest, DoctorLooksBesideAWorkingEngine) {
  ASSERT_TRUE(composition_->OpenEngine(Access::kWrite));
  Composition second(host_, arguments_, screen_, counters_, nullptr);
  const DoctorReport report = second.Examine({});
  EXPECT_THAT(report.checks, Contains(AllOf(Field(&DoctorCheck::name, "state.lock"),
                                            Field(&DoctorCheck::outcome, CheckOutcome::kWarning))));
  EXPECT_THAT(report.checks, Contains(AllOf(Field(&DoctorCheck::name, "state.database"),
                                            Field(&DoctorCheck::outcome, CheckOutcome::kGood))));
}

TEST_F(SetupTest, DoctorFindsSourcesThatDoNotAnswer) {
  directory_.Write("reconciler.yaml", "sources: [{name: gone, url: ./no-such-repository}]\n");
  const DoctorReport report = composition_->Examine({});
  EXPECT_TRUE(report.HasFailures());
  EXPECT_THAT(report.checks, Contains(AllOf(Field(&DoctorCheck::name, "source.gone"),
                                            Field(&DoctorCheck::outcome, CheckOutcome::kBad))));
}

TEST_F(SetupTest, DoctorShowsEveryProblemOfTheConfiguration) {
  directory_.Write("reconciler.yaml", "bogus: 1\nlimits: {parallelApps: 0}\n");
  const DoctorReport report = composition_->Examine({});
  ASSERT_EQ(report.checks.size(), 2U);
  EXPECT_THAT(report.checks[0].detail, HasSubstr("reconciler.yaml:1:1"));
  EXPECT_THAT(report.checks[1].detail, HasSubstr("reconciler.yaml:2:"));
}

TEST(DoctorChecks, AClockBeforeTheProgramIsBad) {
  const FakeClock clock(WallTime(std::chrono::hours(24 * 365)));
  const auto checks = CheckMachine(clock);
  EXPECT_THAT(checks, Contains(AllOf(Field(&DoctorCheck::name, "clock"),
                                     Field(&DoctorCheck::outcome, CheckOutcome::kBad))));
}

TEST(DoctorChecks, AStateDirectoryForAllIsWarnedAbout) {
  const TempDir directory;
  Config config;
  config.state_dir = directory.path();
  ASSERT_EQ(chmod(directory.path().c_str(), 0755), 0);
  EXPECT_THAT(CheckStateDirectory(config),
              Contains(AllOf(Field(&DoctorCheck::name, "state.directory"),
                             Field(&DoctorCheck::outcome, CheckOutcome::kWarning),
                             Field(&DoctorCheck::hint, HasSubstr("chmod 700")))));
}

TEST(Interrupt, ASignalIsAStopRequest) {
  const Interrupt interrupt(Interrupt::Reaction::kStop);
  std::mutex mutex;
  std::condition_variable stopped;
  bool stop = false;
  const std::stop_callback callback(interrupt.token(), [&] {
    const std::lock_guard lock(mutex);
    stop = true;
    stopped.notify_all();
  });
  ASSERT_EQ(kill(getpid(), SIGTERM), 0);
  std::unique_lock lock(mutex);
  stopped.wait(lock, [&] { return stop; });
  EXPECT_TRUE(interrupt.token().stop_requested());
}

TEST(Interrupt, ASecondSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        const Interrupt interrupt(Interrupt::Reaction::kStop);
        kill(getpid(), SIGTERM);
        while (!interrupt.token().stop_requested()) std::this_thread::yield();
        kill(getpid(), SIGTERM);
        pause();
      },
      ::testing::ExitedWithCode(kExitInterrupted), "");
}

TEST(Interrupt, ACommandWithNothingToPutInOrderJustEnds) {
  EXPECT_EXIT(
      {
        const Interrupt interrupt(Interrupt::Reaction::kLeave);
        kill(getpid(), SIGINT);
        pause();
      },
      ::testing::ExitedWithCode(kExitInterrupted), "");
}

}  // namespace
}  // namespace gitops
