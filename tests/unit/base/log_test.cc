#include "engine/base/log.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <thread>

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

TEST(LogTest, ADerivedLogCarriesItsFieldsInEveryLine) {
  const std::string text = Logged(LogLevel::kInfo, LogFormat::kJson, [](Log& log) {
    log.SetRedactor(Redactor({Secret("hunter22")}));
    const Log request = log.With({{"request", "r-1"}});
    Log run = request.With({{"run", "7"}, {"password", "hunter22"}});
    run.Info("step is done", {{"step", "app.setup"}});
    log.Info("something else");
  });
  EXPECT_NE(text.find(R"("message":"step is done","request":"r-1","run":"7",)"
                      R"x("password":"(secret)","step":"app.setup"})x"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("message":"something else"})"), std::string::npos) << text;
}

TEST(LogTest, CanBeConfiguredAnew) {
  const std::string text = Logged(LogLevel::kWarning, LogFormat::kText, [](Log& log) {
    const Log derived = log.With({{"run", "7"}});
    log.Info("too early");
    log.Configure(LogLevel::kInfo, LogFormat::kJson);
    Log(derived.With({})).Info("in time");
  });
  EXPECT_EQ(text.find("too early"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("message":"in time","run":"7"})"), std::string::npos) << text;
}

TEST(LogTest, LevelsHaveNames) {
  EXPECT_EQ(ParseLogLevel("trace"), LogLevel::kTrace);
  EXPECT_EQ(ParseLogLevel("warning"), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("off"), LogLevel::kOff);
  EXPECT_EQ(ParseLogLevel("loud"), std::nullopt);
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

TEST(LogTest, NoLineIsHalfInOneFormatHalfInTheOther) {
  const std::string text = Logged(LogLevel::kInfo, LogFormat::kText, [](Log& log) {
    const std::jthread writer([&log] {
      for (int i = 0; i < 2'000; ++i) log.Info("m", {{"k", "v"}});
    });
    for (int i = 0; i < 2'000; ++i) {
      log.Configure(LogLevel::kInfo, i % 2 == 0 ? LogFormat::kJson : LogFormat::kText);
    }
  });
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool json = line.front() == '{';
    EXPECT_TRUE(line.ends_with(json ? R"("message":"m","k":"v"})" : "Z info m k=v")) << line;
  }
}

}  // namespace
}  // namespace gitops
