#include "engine/cli/loose_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace gitops {
namespace {

class LooseDirectoryTest : public ::testing::Test {
 protected:
  LooseDirectoryTest() {
    std::filesystem::create_directories(At("deployment"));
    std::ofstream(At("deployment/setup.sh")) << "#!/bin/sh\n";
    std::filesystem::permissions(At("deployment/setup.sh"), std::filesystem::perms::owner_all);
    std::ofstream(At("page")) << "hello";
    std::filesystem::create_symlink("page", At("link"));
    std::filesystem::create_directory_symlink("deployment", At("linked"));
  }

  std::string At(const std::string& path) const { return root_.path() + "/" + path; }

  static std::optional<EntryKind> KindAt(const LooseDirectory& directory, std::string_view path) {
    const auto entry = directory.Find(path);
    EXPECT_TRUE(entry) << path;
    if (!entry || !*entry) return std::nullopt;
    return (*entry)->kind;
  }

  TempDir root_;
};

TEST_F(LooseDirectoryTest, SaysWhatIsAtAPath) {
  const LooseDirectory directory(root_.path());
  EXPECT_EQ(KindAt(directory, ""), EntryKind::kDirectory);
  EXPECT_EQ(KindAt(directory, "deployment"), EntryKind::kDirectory);
  EXPECT_EQ(KindAt(directory, "deployment/setup.sh"), EntryKind::kExecutable);
  EXPECT_EQ((*directory.Find("deployment/setup.sh"))->name, "setup.sh");
  EXPECT_EQ(KindAt(directory, "page"), EntryKind::kFile);
  EXPECT_EQ(KindAt(directory, "link"), EntryKind::kSymlink);
}

TEST_F(LooseDirectoryTest, FindsNothingBehindALinkOrAFile) {
  const LooseDirectory directory(root_.path());
  EXPECT_EQ(KindAt(directory, "linked/setup.sh"), std::nullopt);
  EXPECT_EQ(KindAt(directory, "page/more"), std::nullopt);
  EXPECT_EQ(KindAt(directory, "none/setup.sh"), std::nullopt);
  EXPECT_EQ(KindAt(directory, std::string(5000, 'a')), std::nullopt);
  EXPECT_FALSE(directory.Read("linked/setup.sh", 100));
  EXPECT_EQ(*directory.Read("link", 100), "page") << "the link itself";
}

TEST_F(LooseDirectoryTest, LooksUpEachPathOnce) {
  const LooseDirectory directory(root_.path());
  EXPECT_EQ(KindAt(directory, "deployment/setup.sh"), EntryKind::kExecutable);
  EXPECT_EQ(KindAt(directory, "deployment/teardown.sh"), std::nullopt);
  std::filesystem::rename(At("deployment"), At("moved"));
  std::filesystem::create_directories(At("deployment"));
  std::ofstream(At("deployment/teardown.sh")) << "#!/bin/sh\n";
  EXPECT_EQ(KindAt(directory, "deployment/setup.sh"), EntryKind::kExecutable);
  EXPECT_EQ(KindAt(directory, "deployment/teardown.sh"), std::nullopt);
  EXPECT_FALSE(directory.Read("deployment/setup.sh", 100)) << "what is gone is not read";
  EXPECT_EQ(KindAt(LooseDirectory(root_.path()), "deployment/setup.sh"), std::nullopt);
}

}  // namespace
}  // namespace gitops
