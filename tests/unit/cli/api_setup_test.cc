// The API as serve puts it together, and the token that it leaves for this machine.
#include "engine/cli/api_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "engine/cli/loopback_token.h"
#include "engine/server/api_access.h"
#include "engine/store/sqlite_delivery_store.h"
#include "engine/store/sqlite_drift_store.h"
#include "engine/store/state_database.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using testing::HasSubstr;

class ApiSetupTest : public testing::Test {
 protected:
  ApiSetupTest() {
    config_.state_dir = directory_.path();
    config_.state_url = "sqlite://" + directory_.path() + "/state.db";
    SqliteStoreOptions options;
    options.path = directory_ / "state.db";
    options.seal_key = key_;
    options.holder = "test";
    options.binary_version = "1.0.0";
    state_ = *StateDatabase::Open(options, clock_, counters_);
    store_ = MakeSqliteStore(state_);
    deliveries_ = MakeSqliteDeliveryStore(state_);
    drift_ = MakeSqliteDriftStore(state_);
  }

  Result<std::unique_ptr<ApiSetup>> Make() {
    return ApiSetup::Make({config_, key_, daemon_, *store_, *deliveries_, *drift_, failures_,
                           clock_, log_, progress_, counters_});
  }

  /// The status of GET /api/v1/apps up to the handing on: 0 when it would be handed on.
  int Admitted(ApiSetup& api, std::string_view token) {
    HttpHead head;
    head.method = "GET";
    head.segments = {"api", "v1", "apps"};
    head.headers = {{"Host", "localhost"}, {"Authorization", "Bearer " + std::string(token)}};
    head.client_address = "127.0.0.1";
    head.from_loopback = true;
    const HttpAdmission admission = api.route()->Admit(head);
    return admission.refusal ? admission.refusal->status : 0;
  }

  TempDir directory_;
  Config config_;
  const Secret key_{std::string(32, 'k')};
  FakeClock clock_;
  WorkCounters counters_;
  Log log_{LogLevel::kOff, LogFormat::kText};
  FakeDaemon daemon_;
  FailureLimiter failures_;
  ProgressBook progress_;
  std::shared_ptr<StateDatabase> state_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<DeliveryStore> deliveries_;
  std::unique_ptr<DriftStore> drift_;
};

TEST_F(ApiSetupTest, TheFirstStartMakesATokenThatLaterOnesKeep) {
  auto api = Make();
  ASSERT_TRUE(api) << api.error().ToString();
  const auto token = ReadLoopbackToken(config_);
  ASSERT_TRUE(token);
  struct stat info {};
  ASSERT_EQ(stat(LoopbackTokenPath(config_).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
  EXPECT_EQ(Admitted(**api, token->Reveal()), 0);
  api->reset();
  api = Make();
  ASSERT_TRUE(api);
  EXPECT_EQ(ReadLoopbackToken(config_)->Reveal(), token->Reveal());
  EXPECT_EQ(Admitted(**api, token->Reveal()), 0);
}

TEST_F(ApiSetupTest, AFileThatIsNotKnownIsReplacedAndTheFormerRevoked) {
  ASSERT_TRUE(Make());
  const std::string former(ReadLoopbackToken(config_)->Reveal());
  std::ofstream(LoopbackTokenPath(config_)) << "tfgc_" << std::string(64, '0') << "\n";
  auto api = Make();
  ASSERT_TRUE(api);
  const std::string present(ReadLoopbackToken(config_)->Reveal());
  EXPECT_NE(present, former);
  EXPECT_EQ(Admitted(**api, present), 0);
  EXPECT_EQ(Admitted(**api, former), 401);
}

TEST_F(ApiSetupTest, AFileThatOthersMayReadIsRefused) {
  ASSERT_TRUE(Make());
  std::filesystem::permissions(LoopbackTokenPath(config_), std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const auto refused = Make();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().primary().hint, HasSubstr("rm "));
  EXPECT_FALSE(ReadLoopbackToken(config_));
}

TEST_F(ApiSetupTest, NoDaemonHasRunHere) {
  const auto missing = ReadLoopbackToken(config_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace gitops
