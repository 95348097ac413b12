// Repositories: two of them that the real binary watches, and ways to damage one object by object.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/object_id.h"
#include "tests/integration/cli/bad_input.h"
#include "tests/support/git_fixture.h"

namespace gitops {

/// A repository with the apps "web", which a row breaks, and "api"; and one more with "other".
class Repositories {
 public:
  Repositories() { Publish(); }

  std::string path() const { return fixture_.Path("apps.git"); }
  GitFixture& fixture() { return fixture_; }
  testing::Program& program() { return program_; }
  int version() const { return version_; }

  void Configure(const std::string& more) {
    program_.directory.Write("reconciler.yaml",
                             "sources:\n  - {name: apps, url: " + path() + more +
                                 "}\n  - {name: other, url: " + fixture_.Path("other.git") + "}\n");
  }
  /// A new version of all apps.
  void Publish() {
    ++version_;
    std::map<std::string, std::string> files = FilesOf("web");
    files.merge(FilesOf("api"));
    fixture_.Commit(path(), files);
    fixture_.Commit(fixture_.Path("other.git"), FilesOf("other"));
  }
  std::string Git(const std::vector<std::string>& words, const std::string& input = "") {
    return fixture_.Git(path(), words, input);
  }
  std::string Id(const std::string& what) { return Git({"rev-parse", "main:" + what}); }
  std::string Blob(const std::string& bytes) {
    return Git({"hash-object", "-w", "--stdin"}, bytes);
  }

  struct Entry {
    std::string mode;
    std::string name;
    std::string id;
  };
  /// A tree exactly as it is told, also where Git would refuse it.
  std::string Tree(std::vector<Entry> entries) {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.name + (a.mode == "40000" ? "/" : "") < b.name + (b.mode == "40000" ? "/" : "");
    });
    std::string bytes;
    for (const Entry& entry : entries) {
      bytes += entry.mode + " " + entry.name + '\0';
      const ObjectId id = *ObjectId::FromHex(entry.id);
      bytes.append(reinterpret_cast<const char*>(id.bytes().data()), ObjectId::kSize);
    }
    return Git({"hash-object", "-t", "tree", "-w", "--literally", "--stdin"}, bytes);
  }
  /// Makes this tree the tip of main, with the good api in it.
  void CommitRoot(std::vector<Entry> entries) {
    entries.push_back({"40000", "api", Id("api")});
    CommitTree(Tree(std::move(entries)));
  }
  void CommitTree(const std::string& tree) {
    SetTip(Git({"hash-object", "-t", "commit", "-w", "--literally", "--stdin"},
               "tree " + tree + "\nauthor t <t> 1 +0000\ncommitter t <t> 1 +0000\n\nodd\n"));
  }
  void SetTip(const std::string& commit) {
    fixture_.WriteFile(path() + "/refs/heads/main", commit + "\n");
  }
  /// Makes web a directory with this manifest, or with one more entry.
  void CommitManifest(const std::string& mode, const std::string& id) {
    CommitRoot({{"40000", "web", Tree({{mode, "tfgrid-compose.yaml", id}, Hooks()})}});
  }
  void CommitBesideManifest(const Entry& entry) {
    CommitRoot({{"40000", "web",
                 Tree({{"100644", "tfgrid-compose.yaml", Id("web/tfgrid-compose.yaml")},
                       Hooks(),
                       entry})}});
  }
  Entry Hooks() { return {"40000", "deployment", Id("web/deployment")}; }
  /// Where a loose object lies.
  std::string ObjectFile(const std::string& id) const {
    return path() + "/objects/" + id.substr(0, 2) + "/" + id.substr(2);
  }

  /// What the hook of an app saw last; "" when it never ran.
  std::string Deployed(const std::string& app) const {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator(program_.directory / "state")) {
      const std::string file = entry.path().string();
      if (file.ends_with("/version") && file.find("/" + app + "/") != std::string::npos) {
        return GitFixture::ReadFile(file);
      }
    }
    return "";
  }

 private:
  std::map<std::string, std::string> FilesOf(const std::string& name) const {
    return {
        {name + "/tfgrid-compose.yaml",
         "name: " + name +
             "\nversion: 0.1.0\npattern: single-vm\nresources: {cpu: "
             "{recommended: 1}}\nhooks: {configure: deployment/configure.sh}\nenvironment:\n  - "
             "{name: V, default: \"" +
             std::to_string(version_) + "\"}\n"},
        {name + "/deployment/configure.sh",
         "#!/bin/sh\nprintf %s \"$V\" > \"$TFGRID_DATA_DIR/version\"\n"}};
  }

  GitFixture fixture_;
  testing::Program program_;
  int version_ = 0;
};

}  // namespace gitops
