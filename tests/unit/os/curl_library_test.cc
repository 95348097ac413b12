#include "engine/os/curl_library.h"

#include <gtest/gtest.h>

#include <string>

namespace gitops {
namespace {

TEST(CurlLibraryTest, IsOfTheVersionThatTheHeaderDescribes) {
  const auto curl = LoadCurl();
  ASSERT_TRUE(curl) << curl.error().ToString();
  EXPECT_STREQ((*curl)->easy_strerror(CURLE_OK), "No error");
}

TEST(CurlLibraryTest, SaysWhatToInstallWhenItIsNotThere) {
  const auto curl = LoadCurl("libcurl-of-nobody.so.4");
  ASSERT_FALSE(curl);
  EXPECT_EQ(curl.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(curl.error().primary().detail.find("libcurl-of-nobody.so.4"), std::string::npos);
  EXPECT_EQ(curl.error().primary().hint, "install it: apt-get install libcurl4");
}

TEST(CurlLibraryTest, RefusesALibraryThatLacksItsFunctions) {
  const auto curl = LoadCurl("libc.so.6");
  ASSERT_FALSE(curl);
  EXPECT_EQ(curl.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(curl.error().primary().detail.find("curl_global_init"), std::string::npos);
}

}  // namespace
}  // namespace gitops
