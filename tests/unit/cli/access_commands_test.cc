// `token` and `audit`, on a real state database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/composition.h"
#include "tests/support/fake_services.h"
#include "tests/support/temp_store.h"

namespace gitops {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AccessCommandsTest : public testing::Test {
 protected:
  AccessCommandsTest() {
    AccessOptions options;
    options.path = store_.path();
    options.seal_key = store_.Options().seal_key;
    options.binary_version = "1.0.0";
    database_ = *AccessDatabase::Open(options, store_.clock());
    tokens_ = std::make_unique<TokenStore>(database_);
    audit_ = std::make_unique<AuditStore>(database_);
    stores_ = std::make_unique<AccessStores>(AccessStores{*tokens_, *audit_});
    services_.access_stores = stores_.get();
  }

  CommandOutcome Run(const std::vector<std::string>& words) {
    return RunLine(services_, words, {}, {.width = 300});
  }

  TempStore store_;
  FakeServices services_;
  std::shared_ptr<AccessDatabase> database_;
  std::unique_ptr<TokenStore> tokens_;
  std::unique_ptr<AuditStore> audit_;
  std::unique_ptr<AccessStores> stores_;
};

TEST_F(AccessCommandsTest, CreateShowsTheTokenOnceOnItsOwn) {
  const CommandOutcome made = Run({"token", "create", "--role", "deployer", "--app", "production/*",
                                   "--expires", "90d", "--name", "ci"});
  EXPECT_EQ(made.exit_code, 0);
  ASSERT_THAT(made.out, StartsWith("tfgc_"));
  const std::string text = made.out.substr(0, made.out.size() - 1);
  EXPECT_TRUE(LooksLikeToken(text)) << "standard output is the token and a newline";
  EXPECT_THAT(made.error, HasSubstr("token 1 (ci): deployer, production/*, until 20"));
  EXPECT_THAT(made.error, Not(HasSubstr(text)));
  const auto token = tokens_->Find(TokenDigest(text));
  ASSERT_TRUE(token && *token);
  EXPECT_EQ((*token)->role, TokenRole::kDeployer);
  EXPECT_EQ((*token)->apps, "production/*");
  EXPECT_EQ((*token)->created_by, "ann");
  EXPECT_EQ((*token)->expires, services_.fake_clock.Now() + std::chrono::hours(24 * 90));
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"token", "list"}, {"token", "list", "-o", "json"}, {"audit", "list", "-o", "yaml"}}) {
    EXPECT_THAT(Run(words).out, Not(HasSubstr(text.substr(5))));
  }
}

TEST_F(AccessCommandsTest, TwoTokensDiffer) {
  EXPECT_NE(Run({"token", "create", "--role", "viewer"}).out,
            Run({"token", "create", "--role", "viewer"}).out);
}

TEST_F(AccessCommandsTest, CreateAsADocument) {
  const CommandOutcome made = Run({"token", "create", "--role", "admin", "-o", "json"});
  EXPECT_THAT(made.out, HasSubstr("\"secret\": \"tfgc_"));
  EXPECT_THAT(made.out, HasSubstr("\"role\": \"admin\""));
  EXPECT_THAT(made.out, HasSubstr("\"expiresAt\": null"));
}

TEST_F(AccessCommandsTest, ListTellsWhatEachIs) {
  EXPECT_THAT(Run({"token", "list"}).out, HasSubstr("There are no tokens"));
  Run({"token", "create", "--role", "viewer", "--name", "grafana", "--expires", "1h"});
  Run({"token", "create", "--role", "admin"});
  EXPECT_EQ(Run({"token", "revoke", "2"}).exit_code, 0);
  services_.fake_clock.Advance(std::chrono::hours(2));
  store_.clock().Advance(std::chrono::hours(2));
  const std::string list = Run({"token", "list"}).out;
  EXPECT_THAT(list, testing::ContainsRegex("1 +expired +viewer +grafana +all"));
  EXPECT_THAT(list, testing::ContainsRegex("2 +revoked +admin"));
}

TEST_F(AccessCommandsTest, AuditTellsWhoDidWhatAndVerifies) {
  EXPECT_THAT(Run({"audit", "list"}).out, HasSubstr("empty"));
  Run({"token", "create", "--role", "viewer", "--name", "ci"});
  Run({"token", "revoke", "1"});
  const std::string list = Run({"audit", "list"}).out;
  EXPECT_THAT(list, HasSubstr("user ann"));
  EXPECT_THAT(list, HasSubstr("token.create"));
  EXPECT_THAT(list, HasSubstr("token.revoke"));
  EXPECT_THAT(list, HasSubstr("token 1 (ci)"));
  EXPECT_THAT(Run({"audit", "verify"}).out, HasSubstr("whole: entries 1 to 2"));
  const auto connection = Connection::Open({.path = store_.path()});
  ASSERT_TRUE((*connection)->Execute("UPDATE audit SET actor = 'user bob' WHERE id = 2"));
  const CommandOutcome broken = Run({"audit", "verify"});
  EXPECT_EQ(broken.exit_code, 1);
  EXPECT_THAT(broken.out, HasSubstr("broken at entry 2: its content was changed"));
  const CommandOutcome document = Run({"audit", "verify", "-o", "json"});
  EXPECT_EQ(document.exit_code, 1);
  EXPECT_THAT(document.out, HasSubstr("\"broken\": 2"));
}

TEST_F(AccessCommandsTest, ATokenThatTheAuditCannotNoteIsRevoked) {
  const auto connection = Connection::Open({.path = store_.path()});
  ASSERT_TRUE((*connection)->Execute("DROP TABLE audit_ends"));
  const CommandOutcome refused = Run({"token", "create", "--role", "admin"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.out, "");
  ASSERT_EQ(tokens_->List()->size(), 1U);
  EXPECT_TRUE(tokens_->List()->front().revoked);
}

TEST_F(AccessCommandsTest, WrongUseIsRefusedBeforeAnythingIsMade) {
  const std::vector<std::vector<std::string>> wrong = {
      {"token"},
      {"token", "make"},
      {"token", "create"},
      {"token", "create", "--role", "god"},
      {"token", "create", "--role", "viewer", "--expires", "90"},
      {"token", "create", "--role", "viewer", "--expires", "0d"},
      {"token", "create", "--role", "viewer", "--expires", "9999d"},
      {"token", "create", "--role", "viewer", "--app", "../x"},
      {"token", "create", "--role", "viewer", "--app", "a["},
      {"token", "create", "--role", "viewer", "--name", "A B"},
      {"token", "create", "7", "--role", "viewer"},
      {"token", "revoke"},
      {"token", "revoke", "-1"},
      {"token", "revoke", "ci"},
      {"token", "revoke", "1", "--role", "viewer"},
      {"token", "list", "1"},
      {"token", "list", "--name", "x"},
      {"audit"},
      {"audit", "show"},
      {"audit", "list", "--limit", "0"},
  };
  for (const auto& words : wrong) {
    const CommandOutcome outcome = Run(words);
    EXPECT_EQ(outcome.exit_code, 64) << testing::PrintToString(words);
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_TRUE(tokens_->List()->empty());
  EXPECT_TRUE(audit_->List(0, 10)->empty());
}

TEST_F(AccessCommandsTest, RevokingAnUnknownOneFails) {
  const CommandOutcome outcome = Run({"token", "revoke", "9"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("no such token"));
}

TEST_F(AccessCommandsTest, WithoutAStateThereIsNothingToList) {
  services_.access_stores = nullptr;
  EXPECT_EQ(Run({"token", "list"}).exit_code, 0);
  EXPECT_EQ(Run({"audit", "list"}).exit_code, 0);
  EXPECT_EQ(Run({"audit", "verify"}).exit_code, 0);
}

}  // namespace
}  // namespace gitops
