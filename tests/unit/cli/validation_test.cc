#include "engine/cli/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/cli/starter.h"
#include "engine/os/directory_tree.h"
#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ValidationTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) const {
    const std::filesystem::path full = directory_.path() + "/" + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  void WriteApp(const std::string& folder, const std::string& name,
                const std::string& more = "") const {
    ASSERT_TRUE(WriteStarter(directory_.path() + "/" + folder, StarterFiles(name, "single-vm")));
    std::ofstream(directory_.path() + "/" + folder + "/tfgrid-compose.yaml", std::ios::app) << more;
  }
  Result<ValidationReport> Validate(const std::vector<std::string>& paths,
                                    const SearchLimits& limits = {}) const {
    std::vector<PatternPlace> places;
    auto tree = DirectoryTree::Open(std::string(TFGRID_COMPOSE_SOURCE_DIR) + "/patterns");
    if (tree) places.push_back({"shipped", std::shared_ptr<const FileTree>(*std::move(tree))});
    PatternCatalog catalog(places);
    std::vector<std::string> full;
    for (const std::string& path : paths) full.push_back(directory_.path() + "/" + path);
    return ValidatePaths(full, catalog, {}, limits);
  }

  TempDir directory_;
};

std::string Messages(const ValidatedFile& file) {
  std::string text;
  for (const Diagnostic& diagnostic : file.diagnostics) text += diagnostic.ToString() + "\n";
  return text;
}

TEST_F(ValidationTest, TheStarterIsValid) {
  WriteApp("web", "web");
  const auto report = Validate({"web"});
  ASSERT_TRUE(report) << report.error().ToString();
  ASSERT_THAT(report->files, SizeIs(1));
  EXPECT_THAT(Messages(report->files[0]), IsEmpty());
  EXPECT_EQ(report->files[0].app, "web");
}

TEST_F(ValidationTest, FindsManifestsBelowAndNotBelowOne) {
  WriteApp("a/one", "one");
  WriteApp("b/deep/two", "two");
  WriteApp("b/deep/two/src/vendored", "three");
  Write("c/.git/four/tfgrid-compose.yaml", "name: four\n");
  const auto report = Validate({""});
  ASSERT_TRUE(report) << report.error().ToString();
  ASSERT_THAT(report->files, SizeIs(2));
  EXPECT_EQ(report->files[0].app, "one");
  EXPECT_EQ(report->files[1].app, "two");
}

TEST_F(ValidationTest, ReportsAllProblemsOfAllFiles) {
  WriteApp("a", "a", "bogus: 1\nwrng: 2\n");
  WriteApp("b", "b");
  std::filesystem::remove(directory_.path() + "/b/deployment/setup.sh");
  const auto report = Validate({"a", "b/tfgrid-compose.yaml"});
  ASSERT_TRUE(report) << report.error().ToString();
  ASSERT_THAT(report->files, SizeIs(2));
  EXPECT_TRUE(report->HasFailures());
  EXPECT_THAT(Messages(report->files[0]), AllOf(HasSubstr("bogus"), HasSubstr("wrng")));
  EXPECT_THAT(Messages(report->files[1]), HasSubstr("deployment/setup.sh"));
}

TEST_F(ValidationTest, TwoAppsOfOneName) {
  WriteApp("a", "same");
  WriteApp("b", "same");
  const auto report = Validate({"a", "b"});
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_TRUE(report->files[0].IsValid());
  EXPECT_THAT(Messages(report->files[1]),
              AllOf(HasSubstr("two apps of one name"), HasSubstr("a/tfgrid-compose.yaml")));
}

TEST_F(ValidationTest, DependenciesInACircle) {
  WriteApp("a", "a", "depends_on: [b]\n");
  WriteApp("b", "b", "depends_on: [c]\n");
  WriteApp("c", "c", "depends_on: [b]\n");
  WriteApp("d", "d", "depends_on: [a, elsewhere]\n");
  const auto report = Validate({""});
  ASSERT_TRUE(report) << report.error().ToString();
  ASSERT_THAT(report->files, SizeIs(4));
  EXPECT_TRUE(report->files[0].IsValid());  // It waits for the circle and is not in it.
  EXPECT_THAT(Messages(report->files[1]), HasSubstr("b -> c -> b"));
  EXPECT_THAT(Messages(report->files[2]), HasSubstr("c -> b -> c"));
  EXPECT_TRUE(report->files[3].IsValid());
}

TEST_F(ValidationTest, AValueFromTheEnvironmentIsOnlyNoted) {
  WriteApp("a", "a", "  - name: TOKEN\n    required: true\n    secret: true\n");
  const auto report = Validate({"a"});
  ASSERT_TRUE(report) << report.error().ToString();
  EXPECT_TRUE(report->files[0].IsValid()) << Messages(report->files[0]);
  EXPECT_THAT(Messages(report->files[0]), AllOf(HasSubstr("value needed"), HasSubstr("TOKEN")));
}

TEST_F(ValidationTest, LinksAreNotFollowed) {
  WriteApp("real", "real");
  std::filesystem::create_directory(directory_.path() + "/linked");
  std::filesystem::create_symlink("../real/tfgrid-compose.yaml",
                                  directory_.path() + "/linked/tfgrid-compose.yaml");
  std::filesystem::create_directory_symlink("real", directory_.path() + "/again");
  const auto report = Validate({""});
  ASSERT_TRUE(report) << report.error().ToString();
  ASSERT_THAT(report->files, SizeIs(2));
  EXPECT_FALSE(report->files[0].IsValid());  // linked/
  EXPECT_TRUE(report->files[1].IsValid());
}

TEST_F(ValidationTest, NothingThere) {
  EXPECT_EQ(Validate({"missing"}).error().kind, ErrorKind::kNotFound);
  Write("empty/readme", "");
  EXPECT_THAT(Validate({"empty"}).error().ToString(),
              AllOf(HasSubstr("no manifest found"), HasSubstr("tfgrid-compose init")));
}

TEST_F(ValidationTest, SearchesHaveLimits) {
  WriteApp("a/b/c/d", "deep");
  SearchLimits limits;
  limits.depth = 3;
  EXPECT_THAT(Validate({""}, limits).error().ToString(), HasSubstr("deeper than 3"));
  limits = {};
  limits.directories = 3;
  EXPECT_THAT(Validate({""}, limits).error().ToString(), HasSubstr("more than 3 folders"));
  WriteApp("e", "e");
  limits = {};
  limits.manifests = 1;
  EXPECT_THAT(Validate({""}, limits).error().ToString(), HasSubstr("more than 1 manifests"));
}

TEST(Starter, NamesComeFromTheFolder) {
  EXPECT_EQ(StarterName("/srv/My App_2"), "my-app-2");
  EXPECT_EQ(StarterName("/srv/web"), "web");
  EXPECT_EQ(StarterName("/"), "my-app");
  EXPECT_EQ(StarterName("/srv/---"), "my-app");
  EXPECT_EQ(StarterName("/srv/" + std::string(80, 'a')), std::string(63, 'a'));
}

TEST_F(ValidationTest, TheStarterOverwritesNothing) {
  Write("web/deployment/setup.sh", "mine");
  const Status status = WriteStarter(directory_.path() + "/web", StarterFiles("web", "single-vm"));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().ToString(), HasSubstr("deployment/setup.sh"));
  EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/web/tfgrid-compose.yaml"));
}

}  // namespace
}  // namespace gitops
