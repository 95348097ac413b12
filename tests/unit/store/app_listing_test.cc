#include "engine/store/app_listing.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/access_fixture.h"
#include "tests/unit/store/records.h"

namespace gitops {
namespace {

using testing::ElementsAre;

class AppListingTest : public AccessFixture {
 protected:
  AppListingTest() {
    auto opened = AppListing::Open(Options());
    EXPECT_TRUE(opened);
    listing_ = *std::move(opened);
  }

  void Save(std::vector<AppRecord> apps) { ASSERT_TRUE(store_->SaveApps(apps, {})); }

  std::vector<std::string> Ids(const AppPage& page) {
    std::vector<std::string> ids;
    for (const AppRecord& app : page.apps) ids.push_back(app.id.ToString());
    return ids;
  }

  /// All pages, one after the other.
  std::vector<std::string> Walk(AppPageQuery query) {
    std::vector<std::string> ids;
    for (int pages = 0; pages < 1000; ++pages) {
      const auto page = listing_->Page(query);
      if (!page) ADD_FAILURE() << page.error().ToString();
      for (const std::string& id : Ids(*page)) ids.push_back(id);
      if (!page->next) return ids;
      query.after = page->next;
    }
    ADD_FAILURE() << "does not end";
    return ids;
  }

  std::unique_ptr<AppListing> listing_;
};

TEST_F(AppListingTest, EachOrderBothWaysOnPagesOfEverySize) {
  Save({NewApp("b", "x"), NewApp("a", "y"), NewApp("c", "x"), NewApp("a", "x")});
  for (const std::size_t limit : {1U, 2U, 3U, 4U, 100U}) {
    AppPageQuery query;
    query.limit = limit;
    EXPECT_THAT(Walk(query), ElementsAre("x/a", "x/b", "x/c", "y/a"));
    query.descending = true;
    EXPECT_THAT(Walk(query), ElementsAre("y/a", "x/c", "x/b", "x/a"));
    query.order = AppOrder::kName;
    EXPECT_THAT(Walk(query), ElementsAre("x/c", "x/b", "y/a", "x/a"));
    query.descending = false;
    EXPECT_THAT(Walk(query), ElementsAre("x/a", "y/a", "x/b", "x/c"));
  }
}

TEST_F(AppListingTest, TheLastPageHasNoNext) {
  Save({NewApp("a"), NewApp("b")});
  AppPageQuery query;
  query.limit = 2;
  const auto page = listing_->Page(query);
  EXPECT_EQ(page->apps.size(), 2U);
  EXPECT_FALSE(page->next);
}

TEST_F(AppListingTest, FiltersInBothOrders) {
  AppRecord other = NewApp("web-2", "staging");
  other.source = "other";
  Save({NewApp("web-1"), NewApp("api"), other, NewApp("web", "staging")});
  for (const AppOrder order : {AppOrder::kId, AppOrder::kName}) {
    AppPageQuery query;
    query.order = order;
    query.name_prefix = "web";
    EXPECT_THAT(Walk(query),
                testing::UnorderedElementsAre("production/web-1", "staging/web", "staging/web-2"));
    query.environment = "staging";
    EXPECT_THAT(Walk(query), ElementsAre("staging/web", "staging/web-2"));
    query.source = "other";
    EXPECT_THAT(Walk(query), ElementsAre("staging/web-2"));
    query.matches = [](const AppRecord& app) { return app.id.name != "web-2"; };
    EXPECT_THAT(Walk(query), ElementsAre());
  }
}

TEST_F(AppListingTest, ACursorToAnAppThatIsGoneGoesOnBehindIt) {
  Save({NewApp("a"), NewApp("c")});
  AppPageQuery query;
  query.after = AppId{"production", "b"};
  EXPECT_THAT(Walk(query), ElementsAre("production/c"));
}

TEST_F(AppListingTest, APageReadsABoundedNumberOfRows) {
  std::vector<AppRecord> apps;
  for (std::size_t i = 0; i < AppListing::kMostRows + 10; ++i) {
    apps.push_back(NewApp("app-" + std::to_string(100000 + i)));
  }
  Save(apps);
  AppPageQuery query;
  query.limit = 100;
  const auto all = listing_->Page(query);
  EXPECT_EQ(all->rows_read, 100U) << "no more rows than the page has";
  query.after = AppId{"production", "app-104000"};
  EXPECT_EQ(listing_->Page(query)->rows_read, 100U) << "wherever it begins";
  query.after.reset();
  query.source = "none";
  const auto none = listing_->Page(query);
  EXPECT_EQ(none->rows_read, AppListing::kMostRows);
  EXPECT_TRUE(none->apps.empty());
  EXPECT_TRUE(none->next) << "it has not seen all";
  EXPECT_THAT(Walk(query), ElementsAre());
}

/// Whether this process holds SQLite's shared lock, which keeps others from removing the log: asked
/// by another process, since one's own locks never stand in one's way.
bool IsLocked(const std::string& file) {
  const pid_t child = fork();
  if (child == 0) {
    const int fd = open(file.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000002;  // https://sqlite.org/src/file?name=src/os.h: SHARED_FIRST.
    lock.l_len = 510;
    const bool asked = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0;
    _exit(asked && lock.l_type != F_UNLCK ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(AppListingTest, OpeningBesideAnEngineKeepsItsLocks) {
  Save({NewApp("a")});
  ASSERT_TRUE(IsLocked(store_.path()));
  const auto beside = Open();
  const auto listing = AppListing::Open(Options());
  EXPECT_TRUE(IsLocked(store_.path()));
}

TEST_F(AppListingTest, TheVersionChangesWithEveryWrite) {
  const auto before = listing_->Version();
  EXPECT_EQ(*listing_->Version(), *before);
  Save({NewApp("a")});
  const auto after = listing_->Version();
  EXPECT_NE(*after, *before);
  EXPECT_EQ(*listing_->Version(), *after);
}

}  // namespace
}  // namespace gitops
