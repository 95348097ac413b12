#include "engine/reconcile/touched_app.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(TouchedAppTest, TheUsualNameOfAManifestNeedNotBeKept) {
  for (const char* directory : {"apps/web", ""}) {
    Candidate candidate;
    candidate.planned = true;
    candidate.record.directory = directory;
    const std::string prefix = *directory == '\0' ? "" : "apps/web/";
    candidate.manifest_file = prefix + "tfgrid-compose.yaml";
    ForgetUsualFile(candidate);
    EXPECT_EQ(candidate.manifest_file, "");
    EXPECT_EQ(ManifestFileOf(candidate), prefix + "tfgrid-compose.yaml");
    candidate.manifest_file = prefix + "tfgrid-compose.yml";
    ForgetUsualFile(candidate);
    EXPECT_EQ(ManifestFileOf(candidate), prefix + "tfgrid-compose.yml");
  }
}

TEST(TouchedAppTest, ADuplicateIsStillToldByItsOwnPlace) {
  AppRecord stored;
  stored.id = {"test", "web"};
  stored.directory = "first";
  Candidate candidate;
  candidate.planned = true;
  candidate.stored = std::make_shared<const AppRecord>(stored);
  candidate.source = std::make_shared<const SourceSpec>();
  candidate.record = stored;
  candidate.record.directory = "second";
  candidate.manifest_file = "second/tfgrid-compose.yaml";
  ForgetUsualFile(candidate);
  ForgetManifest(candidate);
  EXPECT_EQ(candidate.record.directory, "first");
  EXPECT_EQ(ManifestFileOf(candidate), "second/tfgrid-compose.yaml");
}

}  // namespace
}  // namespace gitops
