#include "engine/pattern/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pattern/fixtures.h"

namespace gitops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string Yaml(const std::string& name, const std::string& version) {
  return "apiVersion: tfgrid-compose/v1\nname: " + name + "\nversion: " + version +
         "\nproviders: {local: {infrastructure: {driver: local}}}\n";
}

/// Counts the reads of files, so that caching can be seen.
class CountingTree : public FileTree {
 public:
  explicit CountingTree(MemoryTree tree) : tree_(std::move(tree)) {}
  ObjectId Id() const override { return tree_.Id(); }
  Result<std::vector<TreeEntry>> List(std::string_view directory) const override {
    return tree_.List(directory);
  }
  Result<std::optional<TreeEntry>> Find(std::string_view path) const override {
    return tree_.Find(path);
  }
  Result<std::string> Read(std::string_view path, std::size_t limit) const override {
    ++reads;
    return tree_.Read(path, limit);
  }
  mutable int reads = 0;

 private:
  MemoryTree tree_;
};

class CatalogTest : public testing::Test {
 protected:
  std::shared_ptr<CountingTree> own_ = std::make_shared<CountingTree>(
      MemoryTree({{"web/pattern.yaml", Yaml("web", "9.0")},
                  {"broken/pattern.yaml", "apiVersion: tfgrid-compose/v1\n"},
                  {"notes/README", "no pattern"}}));
  std::shared_ptr<CountingTree> shipped_ =
      std::make_shared<CountingTree>(MemoryTree({{"web/pattern.yaml", Yaml("web", "1.0")},
                                                 {"box/pattern.yaml", Yaml("box", "1.0")},
                                                 {"broken/pattern.yaml", Yaml("broken", "1.0")},
                                                 {"notes/pattern.yaml", Yaml("notes", "1.0")}}));
  std::vector<PatternPlace> places_{{"source apps: patterns", own_}, {"/usr/share", shipped_}};
};

TEST_F(CatalogTest, TheFirstPlaceThatHasTheNameDecides) {
  PatternCatalog catalog(places_);
  const Result<FoundPattern> web = catalog.Find("web");
  ASSERT_TRUE(web);
  EXPECT_EQ(web->pattern->version, "9.0");
  EXPECT_EQ(web->pattern->origin, "source apps: patterns/web");
  EXPECT_EQ(web->files->Id(), web->pattern->tree);
  EXPECT_TRUE(*web->files->Find("pattern.yaml"));
  EXPECT_EQ(catalog.Find("box")->pattern->origin, "/usr/share/box");
}

TEST_F(CatalogTest, ABrokenPatternIsNotReplacedByALaterOne) {
  PatternCatalog catalog(places_);
  const Result<FoundPattern> broken = catalog.Find("broken");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ErrorKind::kInvalid);
}

TEST_F(CatalogTest, ADirectoryWithoutPatternYamlDoesNotHideAPattern) {
  EXPECT_EQ(PatternCatalog(places_).Find("notes")->pattern->origin, "/usr/share/notes");
}

TEST_F(CatalogTest, UnknownNamesGetTheNearestOnes) {
  PatternCatalog catalog(places_);
  const Result<FoundPattern> near = catalog.Find("wbe");
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(near.error().primary().hint, "did you mean \"web\"?");
  const Result<FoundPattern> far = catalog.Find("something-else");
  EXPECT_EQ(far.error().primary().hint, "known: box, broken, notes, web");
  EXPECT_THAT(far.error().ToString(), HasSubstr("source apps: patterns, /usr/share"));
  EXPECT_FALSE(catalog.Find("../etc"));
  EXPECT_FALSE(catalog.Find(""));
}

TEST_F(CatalogTest, ListsAllWithTheirProblems) {
  const std::vector<PatternListing> listings = PatternCatalog(places_).List();
  std::vector<std::string> lines;
  for (const PatternListing& listing : listings) {
    lines.push_back(listing.name + " " + listing.version + " " + listing.origin +
                    (listing.hidden ? " hidden" : "") +
                    (HasErrors(listing.problems) ? " broken" : ""));
  }
  EXPECT_THAT(lines, ElementsAre("box 1.0 /usr/share", "broken  source apps: patterns broken",
                                 "broken 1.0 /usr/share hidden", "notes 1.0 /usr/share",
                                 "web 9.0 source apps: patterns", "web 1.0 /usr/share hidden"));
  EXPECT_THAT(listings[0].providers, ElementsAre("local"));
}

TEST_F(CatalogTest, TheDirectoryAndTheNameMustAgree) {
  const auto tree = std::make_shared<MemoryTree>(MemoryTree({{"a/pattern.yaml", Yaml("b", "1")}}));
  PatternCatalog catalog({{"here", tree}});
  const Result<FoundPattern> found = catalog.Find("a");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().primary().summary, "pattern under another name");
}

TEST_F(CatalogTest, ATreeIsParsedOncePerCache) {
  const auto cache = std::make_shared<PatternCache>();
  PatternCatalog first(places_, cache);
  const auto pattern = first.Find("web")->pattern;
  EXPECT_EQ(first.Find("web")->pattern, pattern);
  PatternCatalog second(places_, cache);
  EXPECT_EQ(second.Find("web")->pattern, pattern);
  EXPECT_EQ(own_->reads, 1);
  const auto changed =
      std::make_shared<CountingTree>(MemoryTree({{"web/pattern.yaml", Yaml("web", "9.1")}}));
  PatternCatalog third({{"source apps: patterns", changed}}, cache);
  EXPECT_EQ(third.Find("web")->pattern->version, "9.1");
}

TEST_F(CatalogTest, WhatItHandsOutOutlivesIt) {
  FoundPattern found;
  {
    PatternCatalog catalog(std::move(places_));
    found = *catalog.Find("web");
    own_.reset();
  }
  EXPECT_EQ(found.pattern->name, "web");
  EXPECT_TRUE(found.files->Read("pattern.yaml", 1000));
}

TEST_F(CatalogTest, NoPlacesNoPatterns) {
  PatternCatalog catalog({});
  EXPECT_THAT(catalog.List(), IsEmpty());
  EXPECT_FALSE(catalog.Find("web"));
}

}  // namespace
}  // namespace gitops
