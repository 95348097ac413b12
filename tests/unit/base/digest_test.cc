#include "engine/base/digest.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

template <typename Bytes>
std::string Hex(const Bytes& bytes) {
  return ToHex(bytes.data(), bytes.size());
}

// Test vectors: FIPS 180-4 examples ("abc" and the empty message).
TEST(DigestTest, MatchesPublishedVectors) {
  EXPECT_EQ(Hex(Sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// The id of the empty blob, as `git hash-object` prints it.
TEST(DigestTest, NamesObjectsAsGitDoes) {
  EXPECT_EQ(Hex(Sha1(std::string_view("blob 0\0", 7))), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

// RFC 4231, test case 2.
TEST(DigestTest, HmacMatchesPublishedVector) {
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(DigestTest, BytesAboveAsciiAreNotSignExtended) {
  const std::uint8_t bytes[] = {0x00, 0x7f, 0x80, 0xff};
  EXPECT_EQ(ToHex(bytes, sizeof bytes), "007f80ff");
}

TEST(DigestTest, ConstantTimeComparisonComparesEverything) {
  EXPECT_TRUE(EqualsConstantTime("", ""));
  EXPECT_TRUE(EqualsConstantTime("same", "same"));
  EXPECT_FALSE(EqualsConstantTime("same", "samE"));
  EXPECT_FALSE(EqualsConstantTime("Same", "same"));
  EXPECT_FALSE(EqualsConstantTime("same", "same "));
  EXPECT_FALSE(EqualsConstantTime("", "x"));
}

TEST(DigestBuilderTest, FieldsDoNotRunIntoEachOther) {
  const std::string ab_c = DigestBuilder().Add("ab").Add("c").Hex();
  EXPECT_NE(ab_c, DigestBuilder().Add("a").Add("bc").Hex());
  EXPECT_NE(ab_c, DigestBuilder().Add("abc").Hex());
  EXPECT_NE(ab_c, DigestBuilder().Add("ab").Add("c").Add("").Hex());
  EXPECT_NE(DigestBuilder().Add("1:a").Hex(), DigestBuilder().Add("a").Hex());
}

TEST(DigestBuilderTest, SameFieldsGiveTheSameDigest) {
  EXPECT_EQ(DigestBuilder().Add("x").Add(std::int64_t{-7}).Hex(),
            DigestBuilder().Add("x").Add(std::int64_t{-7}).Hex());
  EXPECT_NE(DigestBuilder().Add(std::int64_t{7}).Hex(),
            DigestBuilder().Add(std::int64_t{-7}).Hex());
}

}  // namespace
}  // namespace gitops
