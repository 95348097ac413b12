#include "engine/os/user_name.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

/// No system gives this number to an account: it is above all ranges of login.defs and of systemd.
constexpr uid_t kNobodys = 4'123'456'789;

TEST(UserNameTest, AnAccountIsNamed) {
  EXPECT_EQ(FindUserName(0), "root");
  EXPECT_EQ(DescribeUser(0), "user root");
  EXPECT_EQ(AsUser(0, "id"), "sudo -u root id");
}

TEST(UserNameTest, AnAccountWithoutANameIsItsNumber) {
  EXPECT_EQ(FindUserName(kNobodys), std::nullopt);
  EXPECT_EQ(DescribeUser(kNobodys), "user 4123456789");
  EXPECT_EQ(AsUser(kNobodys, "id"), "sudo -u '#4123456789' id");
}

}  // namespace
}  // namespace gitops
