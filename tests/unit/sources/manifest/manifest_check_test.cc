#include "sources/manifest_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/memory_tree.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kScript = "#!/bin/sh\nexit 0\n";
constexpr const char* kLfs =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";

/// A manifest with one hook and its path.
Manifest WithHook(const std::string& path, const std::string& more = "") {
  auto parsed =
      ParseManifest("name: shop\npattern: k3s\nhooks:\n  setup: " + path + "\n" + more, "m.yaml");
  EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().ToString());
  return parsed ? std::move(parsed)->manifest : Manifest{};
}

Diagnostics CheckHook(const MemoryTree& app, const std::string& path = "deployment/setup.sh") {
  return CheckAppFiles(WithHook(path), app, "m.yaml");
}

/// The only problem of a hook, at its place.
Diagnostic Problem(const MemoryTree& app, const std::string& path = "deployment/setup.sh") {
  const Diagnostics problems = CheckHook(app, path);
  EXPECT_EQ(problems.size(), 1U);
  if (problems.size() != 1) return {};
  EXPECT_EQ(problems[0].subject, "hooks.setup");
  EXPECT_EQ(problems[0].location, (Location{"m.yaml", 4, 10}));
  return problems[0];
}

MemoryTree AppWith(const std::string& bytes, EntryKind kind = EntryKind::kExecutable) {
  return MemoryTree{{"deployment/setup.sh", MemoryFile(bytes, kind)}};
}

TEST(CheckAppFiles, GoodScriptsAreFine) {
  EXPECT_THAT(CheckHook(AppWith(kScript)), IsEmpty());
  EXPECT_THAT(CheckHook(AppWith(kScript, EntryKind::kFile)), IsEmpty()) << "made executable later";
  EXPECT_THAT(CheckHook(AppWith("\x7F"
                                "ELF\x02")),
              IsEmpty())
      << "a program needs no #!";
}

TEST(CheckAppFiles, MissingDeclaredHookSuggestsANearName) {
  const MemoryTree app{{"deployment/setpu.sh", kScript}};
  const Diagnostic problem = Problem(app);
  EXPECT_EQ(problem.summary, "file missing");
  EXPECT_THAT(problem.detail, HasSubstr("no such file"));
  EXPECT_EQ(problem.hint, "did you mean \"deployment/setpu.sh\"?");
}

TEST(CheckAppFiles, MissingDefaultHooksAreNoProblem) {
  auto parsed = ParseManifest("name: shop\npattern: k3s\n", "m.yaml");
  EXPECT_THAT(CheckAppFiles(parsed->manifest, MemoryTree(), "m.yaml"), IsEmpty());
}

TEST(CheckAppFiles, DefaultHooksThatExistAreChecked) {
  auto parsed = ParseManifest("name: shop\npattern: k3s\n", "m.yaml");
  const Diagnostics problems =
      CheckAppFiles(parsed->manifest, MemoryTree{{"deployment/teardown.sh", "exit 0\n"}}, "m.yaml");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].subject, "hooks.teardown");
  EXPECT_EQ(problems[0].location.file, "m.yaml");
}

TEST(CheckAppFiles, LinksAreNeverFollowed) {
  const auto link = [](const char* target) { return AppWith(target, EntryKind::kSymlink); };
  EXPECT_THAT(Problem(link("/etc/passwd")).detail, HasSubstr("symlink that leaves the repository"));
  EXPECT_THAT(Problem(link("/etc/passwd")).detail, ::testing::Not(HasSubstr("passwd")));
  EXPECT_THAT(Problem(link("../../x")).detail, HasSubstr("leaves the app's directory"));
  EXPECT_THAT(Problem(link("setup.sh")).detail, HasSubstr("symlink loop"));
  EXPECT_THAT(Problem(link("./../deployment/setup.sh")).detail, HasSubstr("symlink loop"));
  EXPECT_THAT(Problem(link("other.sh")).detail, HasSubstr("not followed"));
  EXPECT_THAT(
      Problem(link("a.sh").With("deployment/a.sh", MemoryFile("setup.sh", EntryKind::kSymlink)))
          .detail,
      HasSubstr("symlink loop"));
}

TEST(CheckAppFiles, LinksInTheMiddleOfAPathAreRefused) {
  const MemoryTree app{{"deployment", MemoryFile("/etc", EntryKind::kSymlink)}};
  EXPECT_EQ(Problem(app).summary, "symbolic link");
}

TEST(CheckAppFiles, OnlyPlainFilesAreHooks) {
  EXPECT_EQ(Problem(MemoryTree{{"deployment/setup.sh/x", "y"}}).summary, "not a file");
  EXPECT_EQ(Problem(MemoryTree{{"deployment", "a file"}}).summary, "not a file");
  EXPECT_EQ(Problem(MemoryTree{{"deployment", MemoryFile("1", EntryKind::kSubmodule)}}).summary,
            "submodule");
  EXPECT_EQ(Problem(AppWith("1", EntryKind::kSubmodule)).summary, "submodule");
  EXPECT_EQ(Problem(AppWith(kLfs)).summary, "Git LFS pointer");
  EXPECT_EQ(Problem(AppWith("#!" + std::string(kLargestHook, 'x'))).summary, "file too large");
}

TEST(CheckAppFiles, ScriptsThatNoSystemWouldRun) {
  EXPECT_THAT(Problem(AppWith("echo hi\n")).detail, HasSubstr("no #! line"));
  EXPECT_THAT(Problem(AppWith("")).detail, HasSubstr("no #! line"));
  EXPECT_THAT(Problem(AppWith("#!/bin/sh\r\nexit 0\r\n")).detail, HasSubstr("CRLF"));
  EXPECT_THAT(Problem(AppWith("\xEF\xBB\xBF#!/bin/sh\n")).detail, HasSubstr("byte order mark"));
  const Diagnostic mixed = Problem(AppWith("#!/bin/sh\nexit 0\r\n"));
  EXPECT_EQ(mixed.severity, Severity::kWarning);
  EXPECT_THAT(mixed.detail, HasSubstr("CRLF"));
}

TEST(CheckAppFiles, ScriptsOfHealthChecksAreChecked) {
  auto parsed = ParseManifest(
      "name: shop\npattern: k3s\nhealthchecks:\n  - command: check.sh --x\n  - command: "
      "/bin/true\n",
      "m.yaml");
  const Diagnostics problems = CheckAppFiles(parsed->manifest, MemoryTree(), "m.yaml");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].subject, "healthchecks[0].command");
  EXPECT_EQ(problems[0].location.line, 3);
  EXPECT_THAT(CheckAppFiles(parsed->manifest, MemoryTree{{"check.sh", kScript}}, "m.yaml"),
              IsEmpty());
}

TEST(CheckAppFiles, EnvFilesAreReadAndTheirValuesNotShown) {
  const MemoryTree app = AppWith(kScript);
  const Manifest manifest = WithHook("deployment/setup.sh", "env_file: config/app.env\n");
  const Diagnostics missing = CheckAppFiles(manifest, app, "apps/m.yaml");
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].subject, "env_file");
  EXPECT_EQ(missing[0].location.line, 5);
  EXPECT_THAT(CheckAppFiles(manifest, app.With("config/app.env", MemoryFile("A=b\n")), "m.yaml"),
              IsEmpty());
  const Diagnostics broken = CheckAppFiles(
      manifest, app.With("config/app.env", MemoryFile("A=b\nPASSWORD hunter2\n")), "apps/m.yaml");
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].location, (Location{"apps/config/app.env", 2, 1}));
  EXPECT_EQ(broken[0].ToString().find("hunter2"), std::string::npos);
  const MemoryTree linked =
      app.With("config/app.env", MemoryFile("/etc/shadow", EntryKind::kSymlink));
  EXPECT_EQ(CheckAppFiles(manifest, linked, "m.yaml").at(0).summary, "symbolic link");
}

constexpr const char* kManifest = "name: shop\npattern: k3s\n";

TEST(ReadManifest, NamesTheFileInTheSource) {
  const MemoryTree app{{"tfgrid-compose.yaml", "name: Shop\npattern: k3s\n"}};
  const auto parsed = ReadManifest(app, "apps/shop", "tfgrid-compose.yaml", EntryKind::kFile);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().primary().location.ToString(), "apps/shop/tfgrid-compose.yaml:1:7");
}

TEST(ReadManifest, RefusesWhatIsNoPlainFile) {
  const MemoryTree app{{"tfgrid-compose.yaml", "/etc/passwd"}};
  for (const EntryKind kind : {EntryKind::kSymlink, EntryKind::kSubmodule, EntryKind::kDirectory}) {
    const auto parsed = ReadManifest(app, "", "tfgrid-compose.yaml", kind);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(parsed.error().primary().summary, "manifest is no plain file");
    EXPECT_EQ(parsed.error().primary().location.ToString(), "tfgrid-compose.yaml:1:1");
    EXPECT_EQ(parsed.error().ToString().find("passwd"), std::string::npos);
  }
  const auto lfs = ReadManifest(MemoryTree{{"tfgrid-compose.yaml", kLfs}}, "",
                                "tfgrid-compose.yaml", EntryKind::kFile);
  EXPECT_THAT(lfs.error().primary().detail, HasSubstr("Git LFS pointer"));
}

TEST(ReadManifest, AsksTheSizeFirst) {
  const MemoryTree app{{"m.yaml", kManifest + std::string(kLargestManifest, '#')}};
  const auto parsed = ReadManifest(app, "", "m.yaml", EntryKind::kFile);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_THAT(parsed.error().primary().detail, HasSubstr("size limit"));
}

TEST(ReadManifest, AMissingFileIsNotFound) {
  const auto parsed = ReadManifest(MemoryTree(), "", "m.yaml", EntryKind::kFile);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().kind, ErrorKind::kNotFound);
}

TEST(ReadManifest, WarnsOfASecondManifest) {
  const MemoryTree app{{"tfgrid-compose.yaml", kManifest}, {"tfgrid-compose.yml", kManifest}};
  const auto parsed = ReadManifest(app, "", "tfgrid-compose.yaml", EntryKind::kExecutable);
  ASSERT_TRUE(parsed.has_value());
  ASSERT_EQ(parsed->diagnostics.size(), 1U);
  EXPECT_EQ(parsed->diagnostics[0].severity, Severity::kWarning);
}

}  // namespace
}  // namespace gitops
