// The corpus of real and hostile manifests, which lives outside the repository: every real one
// loads, every bad one is refused as its table says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "sources/manifest_check.h"
#include "sources/manifest_parser.h"
#include "tests/support/memory_tree.h"

namespace gitops {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

fs::path CorpusDirectory() {
  if (const char* path = std::getenv("TFGRID_COMPOSE_CORPUS")) return path;
  return fs::path(TFGRID_COMPOSE_SOURCE_DIR) / ".." / "shared" / "corpus";
}

ManifestContext Context() {
  return ManifestContext{{"single-vm", "gateway", "k3s"}, {"status", "logs"}};
}

/// Reads and checks an app as the engine does; all diagnostics of it.
struct Outcome {
  bool accepted = false;
  Diagnostics diagnostics;
};

Outcome Check(const FileTree& app, EntryKind kind, const ManifestContext& context) {
  auto parsed = ReadManifest(app, "", "tfgrid-compose.yaml", kind, context);
  if (!parsed) return {false, parsed.error().diagnostics};
  Outcome outcome{true, parsed->diagnostics};
  for (Diagnostic& problem : CheckAppFiles(parsed->manifest, app, "tfgrid-compose.yaml")) {
    outcome.diagnostics.push_back(std::move(problem));
  }
  outcome.accepted = !HasErrors(outcome.diagnostics);
  return outcome;
}

std::string Text(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += diagnostic.ToString() + "\n";
  return text;
}

std::vector<std::string> Split(const std::string& line, char separator) {
  std::vector<std::string> cells;
  std::string cell;
  for (const char c : line) {
    if (c != separator) {
      cell += c;
      continue;
    }
    cells.push_back(cell);
    cell.clear();
  }
  cells.push_back(cell);
  for (std::string& text : cells) {
    const std::size_t begin = text.find_first_not_of(' ');
    const std::size_t end = text.find_last_not_of(' ');
    text = begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
  }
  return cells;
}

struct Row {
  std::string file;
  std::string defect;
  std::string expected;
  int line = 0;
  std::string hint;
};

/// The table of bad/README.md.
std::vector<Row> ReadTable(const fs::path& bad) {
  std::vector<Row> rows;
  std::istringstream text(ReadFile(bad / "README.md"));
  std::string line;
  while (std::getline(text, line)) {
    if (line.empty() || line[0] != '|') continue;
    const auto cells = Split(line, '|');
    if (cells.size() < 6 || cells[1] == "file" || cells[1].substr(0, 3) == "---") continue;
    Row row{cells[1], cells[2], cells[3], 0, cells[5]};
    if (!cells[4].empty()) row.line = std::stoi(cells[4]);
    rows.push_back(row);
  }
  return rows;
}

std::map<std::string, std::string> ReadLinks(const fs::path& bad) {
  std::map<std::string, std::string> links;
  std::istringstream text(ReadFile(bad / "SYMLINKS.md"));
  std::string line;
  while (std::getline(text, line)) {
    if (line.empty() || line[0] != '|') continue;
    const auto cells = Split(line, '|');
    if (cells.size() >= 4 && cells[1].find('/') != std::string::npos) links[cells[1]] = cells[2];
  }
  return links;
}

/// The app's tree of one row: its folder with the links made, or the file with the three hooks.
MemoryTree TreeOf(const fs::path& bad, const std::string& file,
                  const std::map<std::string, std::string>& links, EntryKind& kind) {
  kind = EntryKind::kFile;
  std::map<std::string, MemoryFile> files;
  const auto put = [&files](const std::string& path, MemoryFile content) {
    files.insert_or_assign(path, std::move(content));
  };
  if (file.substr(0, 5) != "repo-" ||
      !fs::exists(bad / fs::path(file).parent_path() / "deployment")) {
    for (const char* name : {"setup", "configure", "healthcheck"}) {
      put(std::string("deployment/") + name + ".sh",
          MemoryFile("#!/bin/sh\n", EntryKind::kExecutable));
    }
  }
  if (file.substr(0, 5) != "repo-") {
    put("tfgrid-compose.yaml", MemoryFile(ReadFile(bad / file)));
    return MemoryTree(files);
  }
  const fs::path folder = fs::path(file).parent_path();
  if (fs::exists(bad / folder)) {
    for (const auto& entry : fs::recursive_directory_iterator(bad / folder)) {
      if (!entry.is_regular_file()) continue;
      put(fs::relative(entry.path(), bad / folder).string(), MemoryFile(ReadFile(entry.path())));
    }
  }
  for (const auto& [path, target] : links) {
    if (path.substr(0, folder.string().size() + 1) != folder.string() + "/") continue;
    const std::string inside = path.substr(folder.string().size() + 1);
    put(inside, MemoryFile(target, EntryKind::kSymlink));
    if (inside == "tfgrid-compose.yaml") kind = EntryKind::kSymlink;
  }
  return MemoryTree(files);
}

/// What only a comparison of several apps can find; other tests cover it.
bool NeedsOtherApps(const std::string& file) {
  return file.find("repo-depends-cycle") == 0 || file.find("repo-duplicate-names") == 0 ||
         file == "repo-case-names/one/tfgrid-compose.yaml";
}

/// "name the line of the defect, or of its key at most two lines before".
bool NamesLine(const Diagnostics& diagnostics, int line) {
  for (const Diagnostic& diagnostic : diagnostics) {
    const int at = diagnostic.location.line;
    if (diagnostic.severity != Severity::kNote && at <= line && at >= line - 2) return true;
  }
  return false;
}

TEST(Corpus, BadManifestsAreRefusedAsTheTableSays) {
  const fs::path bad = CorpusDirectory() / "bad";
  if (!fs::exists(bad / "README.md")) GTEST_SKIP() << "missing: " << bad / "README.md";
  const auto links = ReadLinks(bad);
  int checked = 0;
  for (const Row& row : ReadTable(bad)) {
    if (row.file.substr(0, 4) == "gen-" || NeedsOtherApps(row.file)) continue;
    SCOPED_TRACE(row.file + ": " + row.defect);
    EntryKind kind = EntryKind::kFile;
    const MemoryTree app = TreeOf(bad, row.file, links, kind);
    const Outcome outcome = Check(app, kind, Context());
    const std::string text = Text(outcome.diagnostics);
    ++checked;
    if (row.expected == "accept") {
      EXPECT_TRUE(outcome.accepted) << text;
    } else if (row.expected == "reject") {
      EXPECT_FALSE(outcome.accepted);
    } else if (row.expected.find("warn") != std::string::npos) {
      EXPECT_FALSE(text.empty());
    }
    if (outcome.accepted && row.expected.find("warn") == std::string::npos) continue;
    if (row.line != 0) {
      EXPECT_TRUE(NamesLine(outcome.diagnostics, row.line)) << row.line << "\n" << text;
    }
    for (const Diagnostic& diagnostic : outcome.diagnostics) {
      EXPECT_FALSE(diagnostic.location.file.empty()) << diagnostic.ToString();
      EXPECT_FALSE(diagnostic.summary.empty());
    }
    EXPECT_EQ(text.find("root:"), std::string::npos) << "a byte of a file outside";
    EXPECT_EQ(text.find("changeme123"), std::string::npos) << "the value of a secret";
  }
  EXPECT_GT(checked, 80);
}

/// Words of the hints that are to be found in the message as they are.
TEST(Corpus, MessagesSayWhatTheTableAsksFor) {
  const fs::path bad = CorpusDirectory() / "bad";
  if (!fs::exists(bad / "README.md")) GTEST_SKIP() << "missing: " << bad / "README.md";
  const auto links = ReadLinks(bad);
  const std::map<std::string, std::vector<std::string>> words = {
      {"duplicate, both lines", {"duplicate", "line 1", "line 4"}},
      {"aliases; bounded time and memory", {"aliases"}},
      {"UTF-8, byte offset", {"UTF-8", "byte offset"}},
      {"resources.cpu.min: integer expected", {"resources.cpu.min", "integer expected"}},
      {"environment: list expected", {"environment", "list expected"}},
      {"required: true or false", {"required", "true or false"}},
      {"port 22 twice", {"port 22 twice"}},
      {"known: single-vm, gateway, k3s", {"known: single-vm, gateway, k3s"}},
      {"hooks.setup: outside the repository", {"hooks.setup", "outside the repository"}},
      {"hooks.setup: no such file", {"hooks.setup", "no such file"}},
      {"hooks.setup: too long", {"hooks.setup", "too long"}},
      {"DOMAIN, both lines", {"DOMAIN", "line 26", "line 30"}},
      {"depends_on: list expected", {"depends_on", "list expected"}},
      {"hooks.setup: symlink leaves the repository", {"hooks.setup", "symlink", "repository"}},
      {"hooks.setup: symlink loop", {"hooks.setup", "symlink loop"}},
      {"hooks.setup: CRLF", {"hooks.setup", "CRLF"}},
      {"hooks.setup: no #! line", {"hooks.setup", "no #! line"}},
      {"hooks.setup: Git LFS pointer", {"hooks.setup", "Git LFS pointer"}},
  };
  for (const Row& row : ReadTable(bad)) {
    if (row.hint.empty() || row.file.substr(0, 4) == "gen-" || NeedsOtherApps(row.file)) continue;
    EntryKind kind = EntryKind::kFile;
    const MemoryTree app = TreeOf(bad, row.file, links, kind);
    const Outcome outcome = Check(app, kind, Context());
    if (outcome.accepted) continue;
    SCOPED_TRACE(row.file);
    const auto found = words.find(row.hint);
    const std::string text = Text(outcome.diagnostics);
    for (const std::string& word :
         found == words.end() ? std::vector<std::string>{row.hint} : found->second) {
      EXPECT_THAT(text, ::testing::HasSubstr(word));
    }
  }
}

TEST(Corpus, RealManifestsLoad) {
  const fs::path manifests = CorpusDirectory() / "manifests";
  if (!fs::exists(manifests)) GTEST_SKIP() << "missing: " << manifests;
  int loaded = 0;
  for (const auto& entry : fs::directory_iterator(manifests)) {
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    const auto parsed = ParseManifest(ReadFile(entry.path()), name);
    const std::string text = parsed ? "" : Text(parsed.error().diagnostics);
    if (name.find("@5f64a5b") != std::string::npos) {
      EXPECT_THAT(text, ::testing::HasSubstr("duplicate key"));
      EXPECT_THAT(text, ::testing::HasSubstr("and again on line"));
    } else if (name.find("__patterns__") != std::string::npos) {
      EXPECT_THAT(text, ::testing::HasSubstr("pattern definition"));
    } else {
      ASSERT_TRUE(parsed.has_value()) << text;
      EXPECT_FALSE(parsed->manifest.pattern.empty());
      ++loaded;
    }
  }
  EXPECT_GT(loaded, 0);
}

TEST(Corpus, AcceptedOnesKeepTheirText) {
  const fs::path bad = CorpusDirectory() / "bad";
  if (!fs::exists(bad / "README.md")) GTEST_SKIP() << "missing: " << bad / "README.md";
  const auto manifest = [&bad](const char* file) {
    auto parsed = ParseManifest(ReadFile(bad / file), file, Context());
    EXPECT_TRUE(parsed.has_value()) << file;
    return parsed ? std::move(parsed)->manifest : Manifest{};
  };
  EXPECT_EQ(manifest("type-version-float.yaml").version, "1.10");
  EXPECT_EQ(manifest("control/valid-quoted-version.yaml").version, "1.10");
  EXPECT_EQ(manifest("type-norway.yaml").environment.at(0).default_value, "no");
  EXPECT_EQ(manifest("name-jinja.yaml").description, "{{ lookup('file', '/etc/passwd') }}");
  EXPECT_EQ(manifest("name-javascript-url.yaml").environment.at(0).default_value,
            "javascript:alert(1)");
}

}  // namespace
}  // namespace gitops
