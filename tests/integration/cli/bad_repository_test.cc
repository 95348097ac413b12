// What may be wrong with a repository, against the real binary: what is broken is named, the last
// good state stays, and everything else goes on in the same pass. Servers that misbehave are in
// tests/integration/lying_git.
#include "tests/integration/cli/bad_input.h"
#include "tests/integration/cli/damaged_repositories.h"

namespace gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// What has to come of a row.
enum class Outcome {
  kSourceFails,  ///< Nothing of the source moves; the error is the source's.
  kAppFails,     ///< web stays as it was; api goes on.
  kWorks,        ///< All are brought up to date.
};

struct BadRepository {
  std::string name;
  Outcome outcome = Outcome::kSourceFails;
  std::function<void(Repositories&)> damage;  ///< After a new version was published.
  std::vector<std::string> says;
  std::string more = {};  ///< Of the source's configuration.
};

void PrintTo(const BadRepository& row, std::ostream* out) { *out << row.name; }

class BadRepositoryTest : public ::testing::TestWithParam<BadRepository> {};

TEST_P(BadRepositoryTest, LeavesTheLastGoodStateAndTheOthersAlone) {
  const BadRepository& row = GetParam();
  Repositories world;
  world.Git({"tag", "v1", "main"});
  const bool mistyped =
      row.more.find("path") != std::string::npos || row.more.find("mian") != std::string::npos;
  world.Configure(mistyped ? "" : row.more);
  ASSERT_EQ(world.program().Run({"reconcile"}).exit_code, kExitDone);
  world.Configure(row.more);
  const std::string before = std::to_string(world.version());
  world.Publish();
  row.damage(world);
  const std::string after = std::to_string(world.version());

  const ProcessResult result = world.program().Run({"reconcile"});
  const std::string text = result.output + result.error_output;
  EXPECT_EQ(result.exit_code, row.outcome == Outcome::kWorks ? kExitDone : kExitFailed) << text;
  for (const std::string& part : row.says) EXPECT_THAT(text, HasSubstr(part));
  testing::ExpectPrintable(text);
  EXPECT_LT(text.size(), 20'000U);
  EXPECT_EQ(world.Deployed("web"), row.outcome == Outcome::kWorks ? after : before) << text;
  EXPECT_EQ(world.Deployed("api"), row.outcome == Outcome::kSourceFails ? before : after) << text;
  EXPECT_EQ(world.Deployed("other"), after) << text;
  const ProcessResult status = world.program().Run({"status", "web"});
  EXPECT_THAT(status.output, HasSubstr("Healthy")) << status.error_output;

  // Whole again, everything goes on. A new commit is all it may take.
  world.Configure("");
  std::filesystem::remove_all(world.path());
  world.Publish();
  const ProcessResult healed = world.program().Run({"reconcile"});
  EXPECT_EQ(healed.exit_code, kExitDone) << healed.output << healed.error_output;
  EXPECT_EQ(world.Deployed("web"), std::to_string(world.version()));
}

const BadRepository kSources[] = {
    {"git_50_empty",
     Outcome::kSourceFails,
     [](Repositories& world) {
       world.Git({"update-ref", "-d", "refs/heads/main"});
       world.Git({"tag", "-d", "v1"});
     },
     {"repository is empty", "git push"}},
    {"git_51_branch_missing",
     Outcome::kSourceFails,
     [](Repositories&) {},
     {"branch not found", "\"mian\"", "did you mean \"main\"?"},
     ", branch: mian"},
    {"git_52_tag_of_a_blob",
     Outcome::kSourceFails,
     [](Repositories& world) {
       world.Git({"tag", "-f", "v1", world.Id("web/tfgrid-compose.yaml")});
     },
     {"tag \"v1\" points to a blob", "git tag -f v1"},
     ", tag: v1"},
    {"git_52_tag_of_a_tree",
     Outcome::kSourceFails,
     [](Repositories& world) {
       world.Git({"tag", "-f", "v1", world.Id("web")});
     },
     {"tag \"v1\" points to a tree"},
     ", tag: v1"},
    {"git_52_annotated_tag_of_a_blob",
     Outcome::kSourceFails,
     [](Repositories& world) {
       world.Git({"tag", "-f", "-a", "-m", "x", "v1", world.Id("web/tfgrid-compose.yaml")});
     },
     {"points to a blob"},
     ", tag: v1"},
    {"git_53_path_missing",
     Outcome::kSourceFails,
     [](Repositories&) {},
     {"path of the source not found", "\"wbe\"", "did you mean \"web\"?"},
     ", path: wbe"},
    {"git_53_path_of_a_file",
     Outcome::kSourceFails,
     [](Repositories&) {},
     {"is not a folder", "path:"},
     ", path: web/tfgrid-compose.yaml"},
    {"git_55_directory_with_a_line_break",
     Outcome::kSourceFails,
     [](Repositories& world) {
       world.CommitRoot({{"40000", "we\nb", world.Id("web")}});
     },
     {"unsafe name", "we\\nb"}},
    {"git_55_directory_not_utf8",
     Outcome::kSourceFails,
     [](Repositories& world) {
       world.CommitRoot({{"40000", "we\xff", world.Id("web")}});
     },
     {"unsafe name", "we\\xff"}},
    {"git_55_name_with_a_slash",
     Outcome::kSourceFails,
     [](Repositories& world) {
       world.CommitRoot({{"40000", "we/b", world.Id("web")}});
     },
     {"broken tree object"}},
    {"git_55_ten_thousand_levels",
     Outcome::kSourceFails,
     [](Repositories& world) {
       std::string tree = world.Id("web");
       std::string stream =
           "commit refs/heads/main\ncommitter t <t@e> 1700000000 +0000\ndata 1\nd\nfrom "
           "refs/heads/main^0\nM 100644 inline ";
       for (int i = 0; i < 2'000; ++i) stream += "d/";
       world.Git({"fast-import", "--quiet", "--done", "--force"}, stream + "f\ndata 1\nx\ndone\n");
     },
     {"nested", "hint: "}},
    {"git_57_commit_missing",
     Outcome::kSourceFails,
     [](Repositories& world) { world.SetTip("0123456789012345678901234567890123456789"); },
     {"0123456789012345678901234567890123456789", "missing object"}},
    {"git_57_tree_missing",
     Outcome::kSourceFails,
     [](Repositories& world) { world.CommitTree("1123456789012345678901234567890123456789"); },
     {"1123456789012345678901234567890123456789", "fsck"}},
    {"git_57_ref_is_garbage",
     Outcome::kSourceFails,
     [](Repositories& world) { world.SetTip("garbage"); },
     {"ref cannot be read", "refs/heads/main"}},
    {"git_57_ref_leads_outside",
     Outcome::kSourceFails,
     [](Repositories& world) { world.SetTip("ref: refs/heads/../../../../etc/passwd"); },
     {"ref cannot be read"}},
    {"git_64_sha256",
     Outcome::kSourceFails,
     [](Repositories& world) {
       std::filesystem::remove_all(world.path());
       world.fixture().Git("", {"init", "-q", "--bare", "--object-format=sha256", world.path()});
     },
     {"SHA-256", "SHA-1"}},
    {"git_66_repository_is_a_file",
     Outcome::kSourceFails,
     [](Repositories& world) {
       std::filesystem::remove_all(world.path());
       world.fixture().WriteFile(world.path(), "x");
     },
     {"is a file, a repository is a folder"}},
    {"git_66_configuration_is_broken",
     Outcome::kSourceFails,
     [](Repositories& world) { world.fixture().WriteFile(world.path() + "/config", "[core\n"); },
     {"cannot be opened", "config"}},
};

const BadRepository kApps[] = {
    {"git_54_manifest_is_a_symlink",
     Outcome::kAppFails,
     [](Repositories& world) { world.CommitManifest("120000", world.Blob("/etc/passwd")); },
     {"web/tfgrid-compose.yaml:1:1", "symlink", "commit the file itself"}},
    {"git_54_manifest_is_a_submodule",
     Outcome::kAppFails,
     [](Repositories& world) {
       world.CommitManifest("160000", world.Git({"rev-parse", "main"}));
     },
     {"web/tfgrid-compose.yaml:1:1", "submodule"}},
    {"git_54_manifest_is_a_directory",
     Outcome::kAppFails,
     [](Repositories& world) { world.CommitManifest("40000", world.Id("web/deployment")); },
     {"web/tfgrid-compose.yaml:1:1", "directory"}},
    {"git_54_manifest_is_an_lfs_pointer",
     Outcome::kAppFails,
     [](Repositories& world) {
       world.CommitManifest("100644",
                            world.Blob("version https://git-lfs.github.com/spec/v1\noid sha256:" +
                                       std::string(64, '4') + "\nsize 12345\n"));
     },
     {"web/tfgrid-compose.yaml:1:1", "Git LFS pointer", "git lfs untrack"}},
    {"git_54_manifest_of_50_megabytes",
     Outcome::kAppFails,
     [](Repositories& world) {
       world.CommitManifest("100644", world.Blob(std::string(50 << 20, '#')));
     },
     {"web/tfgrid-compose.yaml:1:1", "1048576 bytes"}},
    {"git_55_file_with_a_line_break",
     Outcome::kAppFails,
     [](Repositories& world) {
       world.CommitBesideManifest({"100644", "a\nb", world.Blob("x")});
     },
     {"a\\nb"}},
    {"git_55_directory_called_git",
     Outcome::kAppFails,
     [](Repositories& world) {
       world.CommitBesideManifest({"40000", ".git", world.Id("web/deployment")});
     },
     {".git"}},
    {"git_55_directory_called_git_in_capitals",
     Outcome::kAppFails,
     [](Repositories& world) {
       world.CommitBesideManifest({"40000", ".GIT", world.Id("web/deployment")});
     },
     {".GIT"}},
    {"git_57_manifest_missing",
     Outcome::kSourceFails,
     [](Repositories& world) {
       world.CommitManifest("100644", "2123456789012345678901234567890123456789");
     },
     {"2123456789012345678901234567890123456789", "fsck"}},
    {"git_57_manifest_of_zero_length",
     Outcome::kSourceFails,
     [](Repositories& world) {
       const std::string id = world.Blob("unlucky");
       world.CommitManifest("100644", id);
       std::filesystem::permissions(world.ObjectFile(id), std::filesystem::perms::owner_all);
       world.fixture().WriteFile(world.ObjectFile(id), "");
     },
     {"fsck"}},
    {"git_57_manifest_is_garbage",
     Outcome::kSourceFails,
     [](Repositories& world) {
       const std::string id = world.Blob("unlucky");
       world.CommitManifest("100644", id);
       std::filesystem::permissions(world.ObjectFile(id), std::filesystem::perms::owner_all);
       world.fixture().WriteFile(world.ObjectFile(id), "garbage");
     },
     {"fsck"}},
    {"git_57_manifest_is_empty",
     Outcome::kAppFails,
     [](Repositories& world) { world.CommitManifest("100644", world.Blob("")); },
     {"web/tfgrid-compose.yaml:1:1", "empty"}},
};

const BadRepository kWorking[] = {
    // Both are ordinary names on the systems that this runs on.
    {"git_55_file_not_utf8",
     Outcome::kWorks,
     [](Repositories& world) {
       world.CommitBesideManifest({"100644", "a\xff", world.Blob("x")});
     },
     {"a\\xff"}},
    {"git_55_directory_called_git_elsewhere",
     Outcome::kWorks,
     [](Repositories& world) {
       world.CommitBesideManifest({"40000", "git~1", world.Id("web/deployment")});
     },
     {"git~1"}},
    {"git_56_files_that_differ_in_case",
     Outcome::kWorks,
     [](Repositories& world) {
       const std::string id = world.Blob("x");
       world.CommitRoot(
           {{"40000", "web",
             world.Tree({{"100644", "tfgrid-compose.yaml", world.Id("web/tfgrid-compose.yaml")},
                         world.Hooks(),
                         {"100644", "a", id},
                         {"100644", "A", id}})}});
     },
     {}},
    {"git_59_dates_and_authors_of_another_world",
     Outcome::kWorks,
     [](Repositories& world) {
       world.SetTip(world.Git(
           {"hash-object", "-t", "commit", "-w", "--literally", "--stdin"},
           "tree " + world.Git({"rev-parse", "main^{tree}"}) +
               "\nauthor a\x1b[31m\a <x> 99999999999999999 +9999\ncommitter c <> -5 +0000\n\n" +
               std::string(10'000'000, 'm')));
     },
     {}},
    {"git_60_force_push_to_another_history",
     Outcome::kWorks,
     [](Repositories& world) {
       world.SetTip(
           world.Git({"commit-tree", world.Git({"rev-parse", "main^{tree}"}), "-m", "new"}));
     },
     {}},
    {"git_62_replaced_objects_are_not_followed",
     Outcome::kWorks,
     [](Repositories& world) {
       const std::string tip = world.Git({"rev-parse", "main"});
       world.Git({"replace", tip, tip + "^"});
       world.fixture().WriteFile(world.path() + "/info/grafts", tip + "\n");
     },
     {}},
    {"git_62_alternates_that_lead_outside",
     Outcome::kWorks,
     [](Repositories& world) {
       world.fixture().WriteFile(world.path() + "/objects/info/alternates", "/etc\n/no/such\n");
     },
     {}},
    {"git_63_attributes_change_no_bytes",
     Outcome::kWorks,
     [](Repositories& world) {
       world.Git({"config", "filter.evil.smudge", "touch " + world.fixture().Path("pwned")});
       world.CommitBesideManifest(
           {"100644", ".gitattributes", world.Blob("* text eol=crlf filter=evil ident\n")});
     },
     {}},
};

const auto kNameOf = [](const auto& row) { return row.param.name; };
INSTANTIATE_TEST_SUITE_P(Sources, BadRepositoryTest, ::testing::ValuesIn(kSources), kNameOf);
INSTANTIATE_TEST_SUITE_P(Apps, BadRepositoryTest, ::testing::ValuesIn(kApps), kNameOf);
INSTANTIATE_TEST_SUITE_P(Working, BadRepositoryTest, ::testing::ValuesIn(kWorking), kNameOf);

/// A source that never had an app: the path or the branch is rather wrong.
TEST(BadRepositoryFirstRead, Git53NoManifestAnywhere) {
  Repositories world;
  world.Configure(", path: web/deployment");
  const ProcessResult result = world.program().Run({"reconcile"});
  EXPECT_EQ(result.exit_code, kExitFailed);
  for (const char* part :
       {"no manifest found", "tfgrid-compose.yaml", "tfgrid-compose.yml", "\"web/deployment\""}) {
    EXPECT_THAT(result.output, HasSubstr(part));
  }
  EXPECT_EQ(world.Deployed("other"), "1");
}

}  // namespace
}  // namespace gitops
