// How commands find the daemon, wait for it, and what they say when it cannot be asked.
#include "engine/cli/daemon_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <filesystem>

#include "engine/cli/daemon_engine.h"
#include "engine/cli/loopback_token.h"
#include "engine/model/token.h"
#include "engine/os/file_lock.h"
#include "engine/server/api_document.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_engine.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Answers what a test puts into it, in turn; an Error is no answer.
class ScriptedWeb : public WebClient {
 public:
  Result<WebResponse> Send(const WebRequest& request, std::stop_token) override {
    EXPECT_TRUE(request.loopback);
    EXPECT_TRUE(request.any_certificate);
    sent.push_back(request.method + " " + std::string(request.url.Reveal()) +
                   (request.body.empty() ? "" : " " + request.body));
    for (const auto& [name, value] : request.headers) {
      if (name == "Authorization") token = value.Reveal();
    }
    if (during) during();
    if (answers.empty()) return MakeError(ErrorKind::kTransient, "request failed", "no answer");
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  std::deque<Result<WebResponse>> answers;
  std::vector<std::string> sent;
  std::string token;
  std::function<void()> during;
};

class NoSleep : public Sleeper {
 public:
  bool Sleep(std::chrono::milliseconds, std::stop_token stop) override {
    ++slept;
    if (during) during();
    return !stop.stop_requested();
  }
  int slept = 0;
  std::function<void()> during;
};

class DaemonClientTest : public testing::Test {
 protected:
  DaemonClientTest() {
    config_.state_dir = directory_.path();
    config_.file = directory_ / "reconciler.yaml";
    directory_.Write("reconciler.yaml", "sources: []\n", 0600);
    directory_.Write("api-token", std::string(token_) + "\n", 0600);
    lock_.emplace(*FileLock::Acquire(directory_ / "lock", "tfgrid-compose serve", clock_));
  }

  DaemonAddress Address() const {
    DaemonAddress address;
    address.pid = getpid();
    address.url = "http://127.0.0.1:8420";
    address.version = "1.0.0";
    address.configuration = ConfigurationName(config_);
    return address;
  }
  void Publish(const DaemonAddress& address) {
    published_.reset();
    published_.emplace(*PublishedAddress::Make(config_, address));
  }
  DaemonClientParts Parts() {
    return {config_, directory_ / "lock", "ann", web_, sleeper_, "1.0.0"};
  }
  Result<std::string> Post() { return DaemonClient(Parts()).Post("x", "{}", stop_.get_token()); }
  Result<OperationAnswer> Carry() {
    return DaemonClient(Parts()).Carry("x", "{}", {}, {}, stop_.get_token());
  }
  static WebResponse Answer(int status, std::string body) {
    WebResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }
  static std::string Operation(TicketId id, TicketState state, int asked = 0) {
    Ticket ticket;
    ticket.id = id;
    ticket.state = state;
    ticket.asked = WallTime(std::chrono::seconds(asked));
    if (state == TicketState::kDone) ticket.report = std::make_shared<const ReconcileReport>();
    if (state == TicketState::kCancelled) {
      ticket.error = MakeError(ErrorKind::kCancelled, "the daemon stopped");
    }
    return OperationBody(ticket, {});
  }

  const std::string token_{TokenText(std::string(kTokenBytes, 'a')).Reveal()};
  TempDir directory_;
  FakeClock clock_;
  Config config_;
  ScriptedWeb web_;
  NoSleep sleeper_;
  std::stop_source stop_;
  std::optional<FileLock> lock_;
  std::optional<PublishedAddress> published_;
};

TEST_F(DaemonClientTest, AsksWhereTheDaemonListensWithTheTokenOfTheState) {
  Publish(Address());
  web_.answers.push_back(Answer(200, "done"));
  const auto answer = Post();
  ASSERT_TRUE(answer) << answer.error().ToString();
  EXPECT_EQ(*answer, "done");
  EXPECT_THAT(web_.sent, ElementsAre("POST http://127.0.0.1:8420/api/v1/x {}"));
  EXPECT_EQ(web_.token, "Bearer " + token_);
}

TEST_F(DaemonClientTest, TheFileIsPrivateAndGoesWithTheDaemon) {
  Publish(Address());
  struct stat info {};
  ASSERT_EQ(stat(DaemonAddressPath(config_).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  EXPECT_EQ(**ReadDaemonAddress(config_, getpid()), Address());
  EXPECT_FALSE(*ReadDaemonAddress(config_, getpid() + 1)) << "of a daemon that is gone";
  published_.reset();
  EXPECT_FALSE(*ReadDaemonAddress(config_, getpid()));
}

TEST_F(DaemonClientTest, OneThatStartsIsWaitedFor) {
  sleeper_.during = [&] {
    if (sleeper_.slept == 3) Publish(Address());
  };
  web_.answers.push_back(Answer(200, "done"));
  EXPECT_TRUE(Post());
  EXPECT_EQ(sleeper_.slept, 3);
}

TEST_F(DaemonClientTest, OneThatDoesNotListenIsNamed) {
  const auto answer = Post();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
  EXPECT_THAT(answer.error().ToString(), HasSubstr(std::to_string(getpid())));
  EXPECT_TRUE(web_.sent.empty());
}

TEST_F(DaemonClientTest, OneThatEndsMeanwhileIsNotAsked) {
  sleeper_.during = [&] { lock_.reset(); };
  EXPECT_EQ(Post().error().primary().summary, "the daemon has just ended");
}

TEST_F(DaemonClientTest, WaitingForItIsInterrupted) {
  stop_.request_stop();
  EXPECT_EQ(Post().error().kind, ErrorKind::kCancelled);
}

TEST_F(DaemonClientTest, AnotherConfigurationOrVersionIsNotAsked) {
  DaemonAddress address = Address();
  address.configuration = "/etc/tfgrid-compose/reconciler.yaml";
  Publish(address);
  const auto other = Post();
  EXPECT_EQ(other.error().primary().summary, "the daemon works with another configuration");
  EXPECT_THAT(other.error().primary().hint, HasSubstr("--config /etc/tfgrid-compose"));
  std::filesystem::create_symlink(config_.file, directory_ / "link.yaml");
  config_.file = directory_ / "link.yaml";
  Publish(Address());
  web_.answers.push_back(Answer(200, ""));
  EXPECT_TRUE(Post()) << "the same file by another path";
  address = Address();
  ++address.protocol;
  address.version = "9.9.9";
  Publish(address);
  const auto newer = Post();
  EXPECT_EQ(newer.error().primary().summary, "the daemon is of another version");
  EXPECT_THAT(newer.error().ToString(), HasSubstr("9.9.9"));
  EXPECT_EQ(web_.sent.size(), 1U);
}

TEST_F(DaemonClientTest, ATokenGoesToThisMachineOnly) {
  for (const char* url :
       {"http://192.0.2.1:80", "http://127.0.0.1:80@evil.example", "file:///etc",
        "http://127.evil.example:1", "http://[::1]:80/x", "https://localhost:1"}) {
    DaemonAddress address = Address();
    address.url = url;
    Publish(address);
    EXPECT_EQ(Post().error().kind, ErrorKind::kInvalid) << url;
  }
  EXPECT_TRUE(web_.sent.empty());
}

TEST_F(DaemonClientTest, ATokenThatCannotBeUsedIsToldWithACommand) {
  Publish(Address());
  directory_.Write("api-token", "nonsense\n", 0600);
  EXPECT_THAT(Post().error().primary().hint, HasSubstr("restart"));
  chmod((directory_ / "api-token").c_str(), 0644);
  EXPECT_THAT(Post().error().primary().hint, HasSubstr("rm "));
  std::filesystem::remove(directory_ / "api-token");
  EXPECT_FALSE(Post());
  EXPECT_TRUE(web_.sent.empty());
}

TEST_F(DaemonClientTest, ARequestThatGotNoAnswerMayHaveBeenTaken) {
  Publish(Address());
  EXPECT_EQ(Post().error().kind, ErrorKind::kUnknownOutcome);
}

TEST_F(DaemonClientTest, AnswersThatAreTooLargeAreToldSo) {
  Publish(Address());
  WebResponse large = Answer(200, "x");
  large.truncated = true;
  web_.answers.push_back(large);
  EXPECT_EQ(Post().error().primary().summary, "the daemon's answer is too large");
}

TEST_F(DaemonClientTest, WaitsForTheEnd) {
  Publish(Address());
  web_.answers = {Answer(202, Operation(4, TicketState::kWaiting)),
                  Answer(200, Operation(4, TicketState::kWorking)), Answer(503, "{}"),
                  MakeError(ErrorKind::kTransient, "request failed", "reset"),
                  Answer(200, Operation(4, TicketState::kDone))};
  const auto answer = Carry();
  ASSERT_TRUE(answer) << answer.error().ToString();
  EXPECT_TRUE(answer->report);
  EXPECT_EQ(web_.sent.back(), "GET http://127.0.0.1:8420/api/v1/operations/4?wait=20&after=0");
}

TEST_F(DaemonClientTest, ADaemonThatDiesMeanwhileIsToldWithWhatIsKnown) {
  Publish(Address());
  web_.answers = {Answer(202, Operation(4, TicketState::kWaiting))};
  web_.during = [&] {
    if (web_.sent.size() == 2) lock_.reset();
  };
  const auto answer = Carry();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnknownOutcome);
  EXPECT_THAT(answer.error().ToString(), HasSubstr("operation 4 was waiting"));
  EXPECT_THAT(answer.error().primary().hint, HasSubstr("tfgrid-compose status"));
}

TEST_F(DaemonClientTest, AnotherDaemonsOperationOfTheSameNumberIsNotTakenForIt) {
  Publish(Address());
  web_.answers = {Answer(202, Operation(4, TicketState::kWaiting, 1)),
                  Answer(200, Operation(4, TicketState::kDone, 2))};
  EXPECT_EQ(Carry().error().kind, ErrorKind::kUnknownOutcome);
  web_.answers = {Answer(202, Operation(4, TicketState::kWaiting)), Answer(404, "{}")};
  EXPECT_EQ(Carry().error().kind, ErrorKind::kUnknownOutcome);
}

TEST_F(DaemonClientTest, InterruptedItSaysThatTheDaemonGoesOn) {
  Publish(Address());
  web_.answers = {Answer(202, Operation(4, TicketState::kWaiting)),
                  MakeError(ErrorKind::kCancelled, "stopped")};
  web_.during = [&] {
    if (web_.sent.size() == 2) stop_.request_stop();
  };
  const auto answer = Carry();
  EXPECT_EQ(answer.error().kind, ErrorKind::kCancelled);
  EXPECT_THAT(answer.error().ToString(), HasSubstr("goes on with operation 4"));
}

TEST_F(DaemonClientTest, TheEngineAsksForWhatItIsAskedFor) {
  Publish(Address());
  FakeEngine reader;
  reader.status.apps.resize(1);
  reader.status.apps[0].record.id = {"production", "web"};
  WorkCounters counters;
  DaemonEngine engine(Parts(), reader, counters, {});
  const auto pass = [&](const auto& call) {
    web_.answers = {Answer(202, Operation(1, TicketState::kWaiting)),
                    Answer(200, Operation(1, TicketState::kDone))};
    web_.sent.clear();
    EXPECT_TRUE(call());
    return web_.sent.front();
  };
  const std::string root = "POST http://127.0.0.1:8420/api/v1/";
  ReconcileRequest wide;
  wide.apps = {"web"};
  wide.environment = "production";
  wide.full = true;
  EXPECT_EQ(pass([&] { return engine.Reconcile(wide, {}); }),
            root + R"(reconcile {"apps":["web"],"environment":"production","dryRun":false,)"
                   R"("prune":false,"full":true,"listAll":false})");
  EXPECT_EQ(pass([&] {
              return engine.Rollback({"web", 3, true, true}, {});
            }),
            root + R"(apps/production/web/rollback {"to":3,"dryRun":true,"revert":true})");
  EXPECT_EQ(pass([&] {
              return engine.Up({"/srv/\"web", "", true}, {});
            }),
            root + R"(up {"path":"/srv/\"web","dryRun":true})");
  EXPECT_EQ(pass([&] { return engine.Down("web", false, {}); }),
            root + R"(apps/production/web/down {"dryRun":false})");
  const std::string body = AppBody(reader.status.apps[0]);
  web_.answers = {Answer(200, body), Answer(200, body)};
  web_.sent.clear();
  EXPECT_EQ(engine.Suspend("web", "moving")->record.id.name, "web");
  EXPECT_TRUE(engine.Resume("web"));
  EXPECT_THAT(web_.sent, ElementsAre(root + R"(apps/production/web/suspend {"reason":"moving"})",
                                     root + "apps/production/web/resume"));
}

TEST_F(DaemonClientTest, ADaemonThatStopsIsNoInterruptionOfTheCommand) {
  Publish(Address());
  FakeEngine reader;
  WorkCounters counters;
  DaemonEngine engine(Parts(), reader, counters, {});
  web_.answers = {Answer(202, Operation(1, TicketState::kWaiting)),
                  Answer(200, Operation(1, TicketState::kCancelled))};
  const auto report = engine.Reconcile({}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kUnknownOutcome) << "130 would say Ctrl-C";
  EXPECT_EQ(report.error().primary().summary, "the daemon stopped");
  ReconcileRequest unknown;
  unknown.source = "nowhere";
  EXPECT_EQ(engine.Reconcile(unknown, {}).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gitops
