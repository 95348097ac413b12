#include "engine/os/outbound_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

namespace gitops {
namespace {

sockaddr_storage AddressOf(const std::string& text) {
  sockaddr_storage storage{};
  if (text.find(':') == std::string::npos) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &v4->sin_addr), 1) << text;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr), 1) << text;
  }
  return storage;
}

bool May(const std::string& text) {
  const sockaddr_storage storage = AddressOf(text);
  return MayConnectTo(reinterpret_cast<const sockaddr&>(storage));
}

bool IsOfThisMachine(const std::string& text) {
  const sockaddr_storage storage = AddressOf(text);
  return IsLoopback(reinterpret_cast<const sockaddr&>(storage));
}

TEST(OutboundAddress, LoopbackIsToldFromAllOthers) {
  for (const char* address : {"127.0.0.1", "127.255.0.9", "::1"}) {
    EXPECT_TRUE(IsOfThisMachine(address)) << address;
  }
  for (const char* address : {"0.0.0.0", "126.0.0.1", "128.0.0.1", "10.0.0.1", "::", "::2",
                              "fe80::1", "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(IsOfThisMachine(address)) << address;
  }
}

TEST(OutboundAddress, LinkLocalIsRefusedInEverySpelling) {
  for (const char* address :
       {"169.254.169.254", "169.254.0.0", "169.254.255.255", "fe80::1", "febf::1",
        "::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::169.254.169.254"}) {
    EXPECT_FALSE(May(address)) << address;
  }
}

TEST(OutboundAddress, SoIsWhatNobodyListensOn) {
  for (const char* address : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1",
                              "::", "ff02::1", "::ffff:0.0.0.0"}) {
    EXPECT_FALSE(May(address)) << address;
  }
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(MayConnectTo(reinterpret_cast<const sockaddr&>(local)));
}

TEST(OutboundAddress, OthersAreAllowed) {
  for (const char* address : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.253.255.255",
                              "169.255.0.0", "140.82.121.4", "::1", "fd00::1", "fec0::1",
                              "2606:50c0:8000::64", "::ffff:10.0.0.1", "64:ff9b::140.82.121.4"}) {
    EXPECT_TRUE(May(address)) << address;
  }
}

}  // namespace
}  // namespace gitops
