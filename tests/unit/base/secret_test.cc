#include "engine/base/secret.h"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <string>

namespace gitops {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

// What the type does not offer is its point.
static_assert(!Printable<Secret>);
static_assert(!std::convertible_to<Secret, std::string>);
static_assert(!std::convertible_to<Secret, std::string_view>);
static_assert(!std::convertible_to<std::string, Secret>);

TEST(SecretTest, GivesItsBytesOnlyWhenAsked) {
  const Secret secret("hunter22");
  EXPECT_EQ(secret.Reveal(), "hunter22");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(SecretTest, CopiesAreIndependent) {
  Secret copy;
  {
    const Secret secret("hunter22, long enough to live on the heap");
    copy = secret;
  }
  EXPECT_EQ(copy.Reveal(), "hunter22, long enough to live on the heap");
}

}  // namespace
}  // namespace gitops
