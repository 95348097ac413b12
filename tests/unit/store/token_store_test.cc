#include "engine/store/token_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/unit/store/access_fixture.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::Not;

class TokenStoreTest : public AccessFixture {
 protected:
  static Token NewToken(const std::string& name) {
    Token token;
    token.name = name;
    token.role = TokenRole::kDeployer;
    token.apps = "production/*";
    token.created_by = "ann";
    return token;
  }

  TokenStore tokens_{database_};
};

TEST_F(TokenStoreTest, IsFoundByItsDigestAndAfterAReopen) {
  Token token = NewToken("ci");
  token.expires = store_.clock().Now() + hours(24);
  const auto made = tokens_.Create(token, TokenDigest("one"));
  ASSERT_TRUE(made) << made.error().ToString();
  EXPECT_EQ(made->id, 1);
  EXPECT_EQ(made->created, store_.clock().Now());
  store_.Reopen();
  TokenStore again(Open());
  const auto found = again.Find(TokenDigest("one"));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(**found, *made);
  EXPECT_FALSE(**again.Find(TokenDigest("one")) == Token{});
  EXPECT_FALSE(*again.Find(TokenDigest("two")));
}

TEST_F(TokenStoreTest, TheTextOfATokenIsNowhereOnDisk) {
  const Secret text = TokenText(std::string(kTokenBytes, 'x'));
  ASSERT_TRUE(tokens_.Create(NewToken("ci"), TokenDigest(text.Reveal())));
  for (const char* suffix : {"", "-wal"}) {
    const std::ifstream file(store_.path() + suffix, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    EXPECT_THAT(bytes.str(), Not(HasSubstr(std::string(text.Reveal().substr(5)))));
    EXPECT_THAT(bytes.str(), Not(HasSubstr(std::string(kTokenBytes, 'x'))));
  }
}

TEST_F(TokenStoreTest, RevokingIsSeenByOthersAtOnceAndKeepsTheFirstTime) {
  const auto made = tokens_.Create(NewToken("ci"), TokenDigest("one"));
  TokenStore daemon(Open());
  ASSERT_TRUE((**daemon.Find(TokenDigest("one"))).IsUsable(store_.clock().Now()));
  const auto revoked = tokens_.Revoke(made->id);
  ASSERT_TRUE(revoked);
  EXPECT_FALSE((**daemon.Find(TokenDigest("one"))).IsUsable(store_.clock().Now()));
  store_.clock().Advance(hours(5));
  EXPECT_EQ(tokens_.Revoke(made->id)->revoked, revoked->revoked);
}

TEST_F(TokenStoreTest, RevokingAnUnknownOneIsNotFound) {
  const auto refused = tokens_.Revoke(7);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(refused.error().primary().hint, HasSubstr("token list"));
}

TEST_F(TokenStoreTest, ExpiresAtItsTime) {
  Token token = NewToken("ci");
  token.expires = store_.clock().Now() + hours(1);
  const auto made = tokens_.Create(token, TokenDigest("one"));
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->IsUsable(*made->expires - std::chrono::milliseconds(1)));
  EXPECT_FALSE(made->IsUsable(*made->expires));
}

TEST_F(TokenStoreTest, UseIsNotedOnceAnHour) {
  const auto made = tokens_.Create(NewToken("ci"), TokenDigest("one"));
  ASSERT_TRUE(tokens_.MarkUsed(*made));
  const auto used = **tokens_.Find(TokenDigest("one"));
  ASSERT_TRUE(used.last_used);
  EXPECT_EQ(*used.last_used, std::chrono::floor<hours>(store_.clock().Now()));
  store_.clock().Advance(std::chrono::minutes(5));
  TokenStore reader_only(*AccessDatabase::Open(
      [&] {
        AccessOptions options = Options();
        options.read_only = true;
        return options;
      }(),
      store_.clock()));
  EXPECT_TRUE(reader_only.MarkUsed(used)) << "within the hour nothing is written";
  store_.clock().Advance(hours(2));
  ASSERT_TRUE(tokens_.MarkUsed(used));
  EXPECT_GT((**tokens_.Find(TokenDigest("one"))).last_used, used.last_used);
}

TEST_F(TokenStoreTest, ThoseThatEndedLongAgoGoAndNumbersAreNotUsedAgain) {
  const auto old = tokens_.Create(NewToken("old"), TokenDigest("old"));
  ASSERT_TRUE(tokens_.Revoke(old->id));
  store_.clock().Advance(hours(24 * 91));
  const auto made = tokens_.Create(NewToken("new"), TokenDigest("new"));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->id, 2);
  ASSERT_EQ(tokens_.List()->size(), 1U);
  EXPECT_EQ(tokens_.List()->front().name, "new");
}

TEST_F(TokenStoreTest, ThereAreNotTooMany) {
  ASSERT_TRUE(tokens_.Create(NewToken("first"), TokenDigest("first")));
  Tamper(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
      " INSERT INTO api_token (digest, name, role, apps, created_by, created_at_ms)"
      " SELECT 'd' || i, 'n', 'viewer', '', '', 0 FROM n");
  const auto refused = tokens_.Create(NewToken("late"), TokenDigest("late"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
}

TEST_F(TokenStoreTest, WritingTakesNoLeaseFromTheEngine) {
  const std::int64_t epoch = Number("SELECT epoch FROM lease");
  ASSERT_TRUE(tokens_.Create(NewToken("ci"), TokenDigest("one")));
  EXPECT_EQ(Number("SELECT epoch FROM lease"), epoch);
  EXPECT_TRUE(store_->SaveApps({NewApp("web")}, {})) << "the engine goes on writing";
}

TEST_F(TokenStoreTest, AnUnknownRoleIsCorruption) {
  ASSERT_TRUE(tokens_.Create(NewToken("ci"), TokenDigest("one")));
  Tamper("UPDATE api_token SET role = 'god'");
  const auto found = tokens_.Find(TokenDigest("one"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kCorruption);
}

TEST_F(TokenStoreTest, OpenedForReadingItRefusesToWrite) {
  AccessOptions options = Options();
  options.read_only = true;
  TokenStore tokens(*AccessDatabase::Open(options, store_.clock()));
  const auto refused = tokens.Create(NewToken("ci"), TokenDigest("one"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
}

TEST_F(TokenStoreTest, AnotherKeyDoesNotOpenTheDatabase) {
  AccessOptions options = Options();
  options.seal_key = Secret(std::string(32, 'z'));
  const auto refused = AccessDatabase::Open(options, store_.clock());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kCorruption);
}

}  // namespace
}  // namespace gitops
