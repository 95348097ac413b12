#include "engine/base/log.h"

#include <gtest/gtest.h>

#include <string>

namespace gitops {
namespace {

/// What `write` put on standard error.
template <typename Write>
std::string Logged(LogLevel level, LogFormat format, Write write) {
  testing::internal::CaptureStderr();
  {
    Log log(level, format);
    write(log);
  }
  return testing::internal::GetCapturedStderr();
}

TEST(LogTest, TextLinesCarryTheirFields) {
  const std::string text = Logged(LogLevel::kInfo, LogFormat::kText, [](Log& log) {
    log.Info("source is read", {{"source", "apps"}, {"apps", "3"}});
  });
  EXPECT_NE(text.find("info source is read source=apps apps=3\n"), std::string::npos) << text;
}

TEST(LogTest, JsonLinesAreOneObjectEach) {
  const std::string text = Logged(LogLevel::kInfo, LogFormat::kJson, [](Log& log) {
    log.Warning("a \"quoted\"\nmessage", {{"path", "C:\\x"}});
  });
  EXPECT_EQ(text.find("{\"time\":\""), 0U) << text;
  EXPECT_NE(text.find(R"("level":"warning","message":"a \"quoted\"\\nmessage","path":"C:\\x"})"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
}

TEST(LogTest, LowerLevelsAreDropped) {
  const std::string text = Logged(LogLevel::kWarning, LogFormat::kText, [](Log& log) {
    log.Info("unimportant");
    log.Error("important");
  });
  EXPECT_EQ(text.find("unimportant"), std::string::npos);
  EXPECT_NE(text.find("important"), std::string::npos);
}

TEST(LogTest, SecretsAndControlBytesDoNotGetOut) {
  const std::string text = Logged(LogLevel::kInfo, LogFormat::kText, [](Log& log) {
    log.SetRedactor(Redactor({Secret("hunter22")}));
    log.Info("password hunter22\x1b[2J", {{"env", "P=hunter22"}});
  });
  EXPECT_EQ(text.find("hunter22"), std::string::npos) << text;
  EXPECT_NE(text.find("env=P=(secret)"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
}

// A message is data: braces in it must not be taken for a format.
TEST(LogTest, MessagesAreNoFormats) {
  const std::string text =
      Logged(LogLevel::kInfo, LogFormat::kText, [](Log& log) { log.Info("{} {0} %s {unclosed"); });
  EXPECT_NE(text.find("{} {0} %s {unclosed"), std::string::npos) << text;
}

}  // namespace
}  // namespace gitops
