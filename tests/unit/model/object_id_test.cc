#include "engine/model/object_id.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace gitops {
namespace {

constexpr char kHex[] = "0123456789abcdef0123456789abcdef01234567";

TEST(ObjectIdTest, ReadsWhatItWrites) {
  const auto id = ObjectId::FromHex(kHex);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->Hex(), kHex);
  EXPECT_EQ(id->Short(), "0123456");
  EXPECT_FALSE(id->IsZero());
}

TEST(ObjectIdTest, TheDefaultIsNoObject) {
  EXPECT_TRUE(ObjectId().IsZero());
  EXPECT_EQ(ObjectId().Hex(), std::string(40, '0'));
}

TEST(ObjectIdTest, RefusesEverythingButFortyLowerCaseDigits) {
  const std::string hex(kHex);
  for (const std::string& text :
       {std::string(), hex.substr(1), hex + "0", "0123456789ABCDEF0123456789ABCDEF01234567" + hex,
        std::string("0123456789ABCDEF0123456789ABCDEF01234567"), "g" + hex.substr(1),
        " " + hex.substr(1)}) {
    EXPECT_FALSE(ObjectId::FromHex(text).has_value()) << text;
  }
}

TEST(ObjectIdTest, CanBeOrderedAndHashed) {
  const ObjectId low = *ObjectId::FromHex(std::string(39, '0') + "1");
  const ObjectId high = *ObjectId::FromHex("1" + std::string(39, '0'));
  EXPECT_LT(low, high);
  const std::unordered_set<ObjectId> set = {low, high, low};
  EXPECT_EQ(set.size(), 2U);
}

}  // namespace
}  // namespace gitops
