#include "engine/base/seal.h"

#include <gtest/gtest.h>

#include <set>

namespace gitops {
namespace {

const Secret& Key() {
  static const Secret key(std::string(kSealKeySize, 'k'));
  return key;
}

TEST(SealTest, WhatIsSealedOpens) {
  for (const std::string& plain :
       {std::string(), std::string("x"), std::string("a\0b\xff", 4), std::string(100'000, 'z')}) {
    const std::string sealed = Seal(Key(), "purpose", plain);
    EXPECT_EQ(sealed.size(), plain.size() + kSealOverhead);
    const auto opened = Unseal(Key(), "purpose", sealed);
    ASSERT_TRUE(opened) << opened.error().ToString();
    EXPECT_EQ(*opened, plain);
  }
}

TEST(SealTest, HoldsNothingInClearAndDiffersEachTime) {
  std::set<std::string> forms;
  for (int i = 0; i < 20; ++i) forms.insert(Seal(Key(), "purpose", "password=hunter2"));
  EXPECT_EQ(forms.size(), 20U);
  for (const std::string& sealed : forms) EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
}

TEST(SealTest, AnotherKeyDoesNotOpenIt) {
  const std::string sealed = Seal(Key(), "purpose", "text");
  const auto opened = Unseal(Secret(std::string(kSealKeySize, 'q')), "purpose", sealed);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorruption);
}

TEST(SealTest, AnotherPurposeDoesNotOpenIt) {
  const std::string sealed = Seal(Key(), "outputs:a/web", "text");
  EXPECT_FALSE(Unseal(Key(), "outputs:b/web", sealed));
  EXPECT_FALSE(Unseal(Key(), "", sealed));
}

TEST(SealTest, EveryChangedByteIsNoticed) {
  const std::string sealed = Seal(Key(), "purpose", "text");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto opened = Unseal(Key(), "purpose", changed);
    ASSERT_FALSE(opened) << "byte " << i;
    EXPECT_EQ(opened.error().kind, ErrorKind::kCorruption);
  }
}

TEST(SealTest, EveryCutIsNoticed) {
  const std::string sealed = Seal(Key(), "purpose", "text");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(Unseal(Key(), "purpose", sealed.substr(0, size))) << size;
  }
}

TEST(SealTest, AnUnknownFormatIsNamed) {
  std::string sealed = Seal(Key(), "purpose", "text");
  sealed[0] = 9;
  EXPECT_NE(Unseal(Key(), "purpose", sealed).error().primary().detail.find("format 9"),
            std::string::npos);
}

TEST(SealTest, GeneratedKeysDifferAndFit) {
  const Secret a = GenerateSealKey();
  const Secret b = GenerateSealKey();
  EXPECT_EQ(a.Reveal().size(), kSealKeySize);
  EXPECT_NE(a.Reveal(), b.Reveal());
}

}  // namespace
}  // namespace gitops
