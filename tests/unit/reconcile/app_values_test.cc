#include "engine/reconcile/app_values.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

class FakeSecrets : public SecretReader {
 public:
  std::map<std::string, std::string> files;
  Result<Secret> Read(const SecretRef& ref) override {
    const auto found = files.find(ref.file);
    if (found == files.end()) {
      return MakeError(ErrorKind::kNotFound, "a secret cannot be read", ref.file);
    }
    return Secret(found->second);
  }
};

class AppValuesTest : public testing::Test {
 protected:
  AppValuesTest() {
    manifest_.name = "web";
    environment_.name = "production";
  }
  EnvironmentEntry& Declare(const std::string& name) {
    manifest_.environment.emplace_back().name = name;
    return manifest_.environment.back();
  }
  Result<AppVariables> Resolve() {
    return ResolveAppVariables({.manifest = manifest_,
                                .environment = environment_,
                                .env_file = env_file_,
                                .manifest_file = "tfgrid-compose.yaml"},
                               secrets_);
  }
  Manifest manifest_;
  EnvironmentSpec environment_;
  std::map<std::string, std::string> env_file_;
  FakeSecrets secrets_;
};

TEST_F(AppValuesTest, TheNearestSourceOfAValueWins) {
  Declare("A").default_value = "default";
  Declare("B").default_value = "default";
  Declare("C").default_value = "default";
  Declare("D").default_value = "default";
  env_file_ = {{"B", "file"}, {"C", "file"}, {"D", "file"}};
  environment_.environment = {{"C", "environment"}, {"D", "environment"}};
  environment_.apps["web"].environment = {{"D", "app"}};
  const auto variables = Resolve();
  ASSERT_TRUE(variables) << variables.error().ToString();
  ASSERT_EQ(variables->values.size(), 4U);
  EXPECT_EQ(variables->values[0].value.Reveal(), "default");
  EXPECT_EQ(variables->values[1].value.Reveal(), "file");
  EXPECT_EQ(variables->values[2].value.Reveal(), "environment");
  EXPECT_EQ(variables->values[3].value.Reveal(), "app");
  EXPECT_EQ(variables->values[3].origin, "environments.production.apps.web.environment");
}

TEST_F(AppValuesTest, OnlyDeclaredVariablesReachAnApp) {
  environment_.environment = {{"OTHER", "x"}};
  const auto variables = Resolve();
  ASSERT_TRUE(variables);
  EXPECT_TRUE(variables->values.empty());
}

TEST_F(AppValuesTest, TheDefaultOfASecretIsNeverDelivered) {
  EnvironmentEntry& entry = Declare("PASSWORD");
  entry.secret = true;
  entry.default_value = "changeme";
  const auto variables = Resolve();
  ASSERT_TRUE(variables);
  EXPECT_TRUE(variables->values.empty());
}

TEST_F(AppValuesTest, AValueFromASecretFileIsSecretThoughNotDeclaredSo) {
  Declare("TOKEN");
  secrets_.files["/run/token"] = "s3cret";
  environment_.environment["TOKEN"] = SecretRef{"/run/token", ""};
  const auto variables = Resolve();
  ASSERT_TRUE(variables);
  ASSERT_EQ(variables->values.size(), 1U);
  EXPECT_TRUE(variables->values[0].secret);
  EXPECT_EQ(variables->values[0].value.Reveal(), "s3cret");
}

TEST_F(AppValuesTest, AnUnreadableSecretNamesTheVariableAndTheFile) {
  Declare("TOKEN");
  environment_.environment["TOKEN"] = SecretRef{"/run/nowhere", ""};
  const auto variables = Resolve();
  ASSERT_FALSE(variables);
  EXPECT_NE(variables.error().ToString().find("TOKEN"), std::string::npos);
  EXPECT_NE(variables.error().ToString().find("/run/nowhere"), std::string::npos);
}

TEST_F(AppValuesTest, ARequiredVariableWithoutAValueIsMissing) {
  EnvironmentEntry& entry = Declare("DOMAIN");
  entry.required = true;
  entry.location = {"app/tfgrid-compose.yaml", 12, 5};
  const auto variables = Resolve();
  ASSERT_TRUE(variables);
  ASSERT_EQ(variables->missing.size(), 1U);
  EXPECT_EQ(variables->missing[0].subject, "environment.DOMAIN");
  EXPECT_EQ(variables->missing[0].location.line, 12);
  EXPECT_NE(variables->missing[0].hint.find("environments.production.apps.web.environment.DOMAIN"),
            std::string::npos);
}

TEST_F(AppValuesTest, ARequiredVariableThatDoesNotApplyIsNotMissing) {
  Declare("DNS_PROVIDER").default_value = "manual";
  EnvironmentEntry& token = Declare("CLOUDFLARE_API_TOKEN");
  token.required = true;
  token.depends_on = {{"DNS_PROVIDER", "cloudflare"}};
  auto variables = Resolve();
  ASSERT_TRUE(variables);
  EXPECT_TRUE(variables->missing.empty());
  environment_.environment["DNS_PROVIDER"] = "cloudflare";
  variables = Resolve();
  ASSERT_TRUE(variables);
  EXPECT_EQ(variables->missing.size(), 1U);
}

TEST_F(AppValuesTest, AValueMustBeOneOfTheOptions) {
  Declare("MODE").options = {"fast", "safe"};
  environment_.environment["MODE"] = "slow";
  const auto variables = Resolve();
  ASSERT_FALSE(variables);
  EXPECT_NE(variables.error().ToString().find("fast"), std::string::npos);
}

TEST_F(AppValuesTest, TheDigestOfAnEnvironmentFollowsValuesAndSecrets) {
  const auto digest = [&] { return EnvironmentDigest(environment_, secrets_, "key"); };
  const std::string empty = digest();
  environment_.environment["A"] = "1";
  const std::string one = digest();
  EXPECT_NE(one, empty);
  environment_.environment["A"] = SecretRef{"/run/a", ""};
  const std::string unreadable = digest();
  secrets_.files["/run/a"] = "x";
  const std::string readable = digest();
  EXPECT_NE(readable, unreadable);
  secrets_.files["/run/a"] = "y";
  EXPECT_NE(digest(), readable);
  secrets_.files["/run/a"] = "x";
  EXPECT_EQ(digest(), readable);
}

}  // namespace
}  // namespace gitops
