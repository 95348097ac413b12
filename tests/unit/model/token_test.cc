#include "engine/model/token.h"

#include <gtest/gtest.h>

#include "engine/model/audit.h"

namespace gitops {
namespace {

TEST(Token, TextIsRecognised) {
  const Secret text = TokenText(std::string(kTokenBytes, '\x01'));
  EXPECT_EQ(
      text.Reveal(), "tfgc_" + [] {
        std::string hex;
        for (std::size_t i = 0; i < kTokenBytes; ++i) hex += "01";
        return hex;
      }());
  EXPECT_TRUE(LooksLikeToken(text.Reveal()));
  for (const std::string& other :
       {std::string(), std::string("tfgc_"), std::string(text.Reveal()) + "0",
        std::string(text.Reveal().substr(1)), "TFGC_" + std::string(text.Reveal().substr(5)),
        std::string(text.Reveal().substr(0, 68)) + "G"}) {
    EXPECT_FALSE(LooksLikeToken(other)) << other;
  }
}

TEST(Token, RolesHaveNames) {
  for (const TokenRole role : {TokenRole::kViewer, TokenRole::kDeployer, TokenRole::kAdmin}) {
    EXPECT_EQ(ParseTokenRole(ToString(role)), role);
  }
  EXPECT_FALSE(ParseTokenRole("Admin"));
  EXPECT_LT(TokenRole::kViewer, TokenRole::kDeployer);
  EXPECT_LT(TokenRole::kDeployer, TokenRole::kAdmin);
}

TEST(AuditHash, DependsOnTheKeyAndOnWhereFieldsEnd) {
  AuditEntry entry;
  entry.note.actor = "ab";
  entry.note.address = "c";
  const Secret key("one");
  const std::string hash = AuditHash(key, entry);
  EXPECT_EQ(hash.size(), 64U);
  EXPECT_NE(AuditHash(Secret("two"), entry), hash);
  entry.note.actor = "a";
  entry.note.address = "bc";
  EXPECT_NE(AuditHash(key, entry), hash);
}

}  // namespace
}  // namespace gitops
