#include "engine/store/upsert.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(UpsertTest, WritesARowOnlyWhereItDiffers) {
  EXPECT_EQ(UpsertSql("app", {"name"}, {{"tree"}, {"run", "max(app.run, excluded.run)"}},
                      "looks = app.looks + 1"),
            "INSERT INTO app (name, tree, run) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "tree = excluded.tree, run = max(app.run, excluded.run), looks = app.looks + 1 "
            "WHERE (app.tree, app.run) IS NOT (excluded.tree, max(app.run, excluded.run))");
}

}  // namespace
}  // namespace gitops
