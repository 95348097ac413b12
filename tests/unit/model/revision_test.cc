#include "engine/model/revision.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

const ObjectId kCommit = *ObjectId::FromHex("0123456789abcdef0123456789abcdef01234567");

TEST(RevisionTest, ReadsWhatItWrites) {
  for (const char* ref : {"main", "feature/x", "v1.2", "worktree", "odd@sha1:name"}) {
    const Revision revision{ref, kCommit};
    const auto parsed = ParseRevision(revision.ToString());
    ASSERT_TRUE(parsed.has_value()) << ref;
    EXPECT_EQ(*parsed, revision);
  }
}

TEST(RevisionTest, HasALongAndAShortForm) {
  const Revision revision{"main", kCommit};
  EXPECT_EQ(revision.ToString(), "main@sha1:0123456789abcdef0123456789abcdef01234567");
  EXPECT_EQ(revision.Short(), "main@0123456");
}

TEST(RevisionTest, WithoutACommitThereIsNothingToShow) {
  EXPECT_EQ((Revision{"main", {}}).ToString(), "");
  EXPECT_EQ((Revision{"main", {}}).Short(), "");
}

TEST(RevisionTest, RefusesWhatIsNoRevision) {
  for (const char* text : {"", "main", "main@sha1:", "main@sha1:0123", "main@0123456",
                           "main@sha256:0123456789abcdef0123456789abcdef01234567"}) {
    const auto parsed = ParseRevision(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace gitops
