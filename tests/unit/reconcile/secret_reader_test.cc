#include "engine/reconcile/secret_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretReaderTest : public testing::Test {
 protected:
  /// What is read of a file that holds `text`.
  Result<Secret> ReadText(const std::string& text) {
    files_.Write("secret", text);
    return reader_.Read({files_ / "secret", ""});
  }
  std::string Value(const std::string& text) {
    const auto secret = ReadText(text);
    return secret ? std::string(secret->Reveal()) : "error: " + secret.error().ToString();
  }

  TempDir files_;
  SystemSecretReader reader_;
};

TEST_F(SecretReaderTest, AFileIsReadWithoutOneNewlineAtItsEnd) {
  EXPECT_EQ(Value("hunter22"), "hunter22");
  EXPECT_EQ(Value("hunter22\n"), "hunter22");
  EXPECT_EQ(Value("two\nlines\n\n"), "two\nlines\n");
}

TEST_F(SecretReaderTest, AFileIsReadWholeUpToItsLimit) {
  std::string text;
  for (int i = 0; text.size() < std::size_t{128 * 1024}; ++i)
    text += static_cast<char>('a' + i % 26);
  EXPECT_EQ(Value(text), text);
  const auto larger = ReadText(text + "x");
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(larger.error().primary().summary, "a secret is too large");
}

TEST_F(SecretReaderTest, WhatIsNoSecretIsRefusedAndNotQuoted) {
  for (const std::string& text : {std::string(), std::string("\n")}) {
    const auto secret = ReadText(text);
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error().primary().summary, "a secret is empty");
  }
  const auto secret = ReadText(std::string("hunter22\0x", 10));
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().primary().summary, "a secret holds a NUL byte");
  EXPECT_THAT(secret.error().ToString(), Not(HasSubstr("hunter22")));
}

TEST_F(SecretReaderTest, WhatIsNoFileIsRefused) {
  const auto missing = reader_.Read({files_ / "nowhere", ""});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().ToString(), HasSubstr(files_ / "nowhere"));
  const auto folder = reader_.Read({files_.path(), ""});
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, ErrorKind::kInvalid);
  const std::string pipe = files_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(reader_.Read({pipe, ""})) << "and nobody waits for a writer";
}

TEST_F(SecretReaderTest, AVariableIsReadFromTheEnvironment) {
  const std::string name = "TFGRID_COMPOSE_TEST_OF_SECRETS";
  const auto missing = reader_.Read({"", name});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  ASSERT_EQ(setenv(name.c_str(), "hunter22\n", 1), 0);
  EXPECT_EQ(reader_.Read({"", name})->Reveal(), "hunter22");
  ASSERT_EQ(setenv(name.c_str(), "", 1), 0);
  EXPECT_FALSE(reader_.Read({"", name}));
  ASSERT_EQ(unsetenv(name.c_str()), 0);
}

}  // namespace
}  // namespace gitops
