#include "engine/server/client_address.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

class ClientAddressTest : public ::testing::Test {
 protected:
  std::string Client(const char* socket, const HttpHeaders& headers) const {
    return ClientAddress(*IpAddress::Parse(socket), headers, proxies_).ToString();
  }

  const std::vector<IpNetwork> proxies_{*IpNetwork::Parse("127.0.0.1"),
                                        *IpNetwork::Parse("10.0.0.0/8")};
};

TEST_F(ClientAddressTest, IsTheSocketsUnlessItIsAProxy) {
  EXPECT_EQ(Client("203.0.113.9", {{"X-Forwarded-For", "192.0.2.1"}}), "203.0.113.9");
  EXPECT_EQ(Client("127.0.0.2", {{"X-Forwarded-For", "192.0.2.1"}}), "127.0.0.2");
  EXPECT_EQ(Client("127.0.0.1", {}), "127.0.0.1");
  EXPECT_EQ(Client("203.0.113.9", {{"REMOTE_ADDR", "6.6.6.6"}, {"Forwarded", "for=6.6.6.6"}}),
            "203.0.113.9");
}

TEST_F(ClientAddressTest, IsTheRightMostHopThatIsNoProxy) {
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1");
  EXPECT_EQ(Client("127.0.0.1", {{"x-forwarded-for", "6.6.6.6, 192.0.2.1"}}), "192.0.2.1");
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "6.6.6.6, 192.0.2.1 ,10.1.1.1"}}),
            "192.0.2.1");
  EXPECT_EQ(Client("10.0.0.9", {{"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-For", "192.0.2.1"}}),
            "192.0.2.1");
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "10.0.0.1, 10.0.0.2"}}), "10.0.0.1");
}

TEST_F(ClientAddressTest, ReadsPortsAndBrackets) {
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "192.0.2.1:4711"}}), "192.0.2.1");
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "2001:db8::1"}}), "2001:db8::1");
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "[2001:db8::1]:4711"}}), "2001:db8::1");
}

TEST_F(ClientAddressTest, StopsAtWhatIsNoAddress) {
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "192.0.2.1, unknown"}}), "127.0.0.1");
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "192.0.2.1, , 10.0.0.1"}}), "10.0.0.1");
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", ""}}), "127.0.0.1");
  EXPECT_EQ(Client("127.0.0.1", {{"X-Forwarded-For", "[::1"}}), "127.0.0.1");
}

}  // namespace
}  // namespace gitops
