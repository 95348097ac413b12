#include "engine/pattern/outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gitops {
namespace {

using testing::HasSubstr;

Outputs Folded(const Outputs& outputs, const std::vector<std::string>& prefer = {}) {
  const Result<Outputs> folded = FoldOutputs(outputs, prefer);
  EXPECT_TRUE(folded) << (folded ? "" : folded.error().ToString());
  return folded ? *folded : Outputs();
}

TEST(OutputsTest, OldContractIsFoldedByType) {
  const Outputs folded = Folded({{"primary_ip", "10.1.3.2"},
                                 {"primary_ip_type", "wireguard"},
                                 {"deployment_name", "vm"},
                                 {"mycelium_ip", "5c4:1::2"}});
  EXPECT_EQ(folded, (Outputs{{"primary_ip", "10.1.3.2"},
                             {"primary_ip_type", "wireguard"},
                             {"ipv4_address", ""},
                             {"ipv6_address", ""},
                             {"wireguard_address", "10.1.3.2"},
                             {"mycelium_address", "5c4:1::2"},
                             {"deployment_name", "vm"}}));
}

TEST(OutputsTest, PublicIsTheFamilyOfItsAddress) {
  Outputs folded = Folded({{"primary_ip", "185.69.166.1/24"}, {"primary_ip_type", "public"}});
  EXPECT_EQ(folded["ipv4_address"], "185.69.166.1");
  EXPECT_EQ(folded["primary_ip"], "185.69.166.1");
  EXPECT_EQ(folded["primary_ip_type"], "ipv4");
  folded = Folded({{"primary_ip", "2a02:1802::1"}, {"primary_ip_type", "public"}});
  EXPECT_EQ(folded["ipv6_address"], "2a02:1802::1");
  EXPECT_EQ(folded["primary_ip_type"], "ipv6");
}

TEST(OutputsTest, NewContractChoosesAPrimaryAddress) {
  const Outputs outputs{{"ipv4_address", ""},
                        {"ipv6_address", "2a02::1/64"},
                        {"mycelium_ip", "5c4:1::2"},
                        {"wireguard_ip", "10.1.3.2/24"}};
  Outputs folded = Folded(outputs);
  EXPECT_EQ(folded["primary_ip"], "5c4:1::2");
  EXPECT_EQ(folded["primary_ip_type"], "mycelium");
  EXPECT_EQ(folded["wireguard_address"], "10.1.3.2");
  EXPECT_EQ(folded["ipv6_address"], "2a02::1");
  EXPECT_EQ(folded.count("mycelium_ip"), 0U);
  folded = Folded(outputs, {"ipv4", "nonsense", "wireguard"});
  EXPECT_EQ(folded["primary_ip"], "10.1.3.2");
}

TEST(OutputsTest, AnAddressOfItsOwnIsNotOverwritten) {
  const Outputs folded = Folded({{"primary_ip", "10.1.3.2"},
                                 {"primary_ip_type", "wireguard"},
                                 {"wireguard_address", "10.1.9.9"}});
  EXPECT_EQ(folded.at("wireguard_address"), "10.1.9.9");
  EXPECT_EQ(folded.at("primary_ip"), "10.1.3.2");
}

TEST(OutputsTest, ATypeThatIsMissingIsInferred) {
  EXPECT_EQ(Folded({{"primary_ip", "5c4:1::2"}}).at("primary_ip_type"), "mycelium");
  EXPECT_EQ(Folded({{"primary_ip", "2a02::1"}}).at("primary_ip_type"), "ipv6");
  EXPECT_EQ(Folded({{"primary_ip", "1.2.3.4"}}).at("primary_ip_type"), "ipv4");
  EXPECT_EQ(
      Folded({{"primary_ip", "10.1.3.2"}, {"wireguard_ip", "10.1.3.2"}}).at("primary_ip_type"),
      "wireguard");
}

TEST(OutputsTest, LocalFillsNoAddressOfANetwork) {
  const Outputs folded = Folded({{"primary_ip", "127.0.0.1"}, {"primary_ip_type", "local"}});
  EXPECT_EQ(folded.at("primary_ip_type"), "local");
  EXPECT_EQ(folded.at("ipv4_address"), "");
}

TEST(OutputsTest, FoldingTwiceChangesNothing) {
  const Outputs once = Folded({{"mycelium_ip", "5c4:1::2"}, {"secondary_ips", "[]"}});
  EXPECT_EQ(Folded(once), once);
}

TEST(OutputsTest, NoAddressIsAnError) {
  for (const Outputs& outputs : {Outputs{}, Outputs{{"ipv4_address", ""}, {"primary_ip", " "}},
                                 Outputs{{"ipv4_address", "null"}}}) {
    const Result<Outputs> folded = FoldOutputs(outputs);
    ASSERT_FALSE(folded);
    EXPECT_EQ(folded.error().primary().summary, "infrastructure gave no address");
  }
}

TEST(OutputsTest, OnlyAddressesGoThrough) {
  const Result<Outputs> folded = FoldOutputs({{"primary_ip", "-oProxyCommand=x"},
                                              {"ipv4_address", "1.2.3.4;id"},
                                              {"primary_ip_type", ""}});
  ASSERT_FALSE(folded);
  EXPECT_EQ(folded.error().diagnostics.size(), 2U);
}

TEST(OutputsTest, UnknownTypesAreErrors) {
  const Result<Outputs> folded =
      FoldOutputs({{"primary_ip", "1.2.3.4"}, {"primary_ip_type", "carrier-pigeon"}});
  ASSERT_FALSE(folded);
  EXPECT_THAT(folded.error().ToString(), HasSubstr("carrier-pigeon"));
}

TEST(OutputsTest, RequiredOutputsAreAllNamed) {
  Pattern pattern;
  pattern.name = "box";
  pattern.required_outputs = {"primary_ip", "node_ids", "kubeconfig"};
  const Status status =
      CheckRequiredOutputs(pattern, {{"primary_ip", "1.2.3.4"}, {"node_ids", ""}});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().ToString(), HasSubstr("node_ids, kubeconfig"));
  EXPECT_TRUE(CheckRequiredOutputs(
      pattern, {{"primary_ip", "1.2.3.4"}, {"node_ids", "[8]"}, {"kubeconfig", "x"}}));
}

}  // namespace
}  // namespace gitops
