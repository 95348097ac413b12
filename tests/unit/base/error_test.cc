#include "engine/base/error.h"

#include <gtest/gtest.h>

#include <string>

namespace gitops {
namespace {

// The names are stored: a change here breaks databases in the field.
TEST(ErrorKindTest, NamesAreStable) {
  EXPECT_EQ(ToString(ErrorKind::kInvalid), "invalid");
  EXPECT_EQ(ToString(ErrorKind::kNotFound), "not_found");
  EXPECT_EQ(ToString(ErrorKind::kConflict), "conflict");
  EXPECT_EQ(ToString(ErrorKind::kTransient), "transient");
  EXPECT_EQ(ToString(ErrorKind::kUnknownOutcome), "unknown_outcome");
  EXPECT_EQ(ToString(ErrorKind::kCancelled), "cancelled");
  EXPECT_EQ(ToString(ErrorKind::kCorruption), "corruption");
}

TEST(ErrorTest, IsMadeFromItsUsualParts) {
  const Error error = MakeError(ErrorKind::kConflict, "State directory is in use",
                                "process 7 holds it", "wait for it");
  EXPECT_EQ(error.kind, ErrorKind::kConflict);
  ASSERT_EQ(error.diagnostics.size(), 1U);
  EXPECT_EQ(error.primary().severity, Severity::kError);
  EXPECT_EQ(error.ToString(), "State directory is in use: process 7 holds it (wait for it)");
}

TEST(ErrorTest, ContextComesBeforeTheDetailAndLeavesTheSummaryFixed) {
  const Error error =
      MakeError(ErrorKind::kTransient, "Timed out", "after 30s").WithContext("fetching apps");
  EXPECT_EQ(error.primary().summary, "Timed out");
  EXPECT_EQ(error.primary().detail, "fetching apps: after 30s");
}

TEST(ErrorTest, ContextStandsAloneWhenThereIsNoDetail) {
  const Error error = MakeError(ErrorKind::kTransient, "Timed out").WithContext("fetching apps");
  EXPECT_EQ(error.primary().detail, "fetching apps");
}

TEST(ErrorTest, ContextKeepsTheOtherDiagnostics) {
  Diagnostic first;
  first.summary = "First";
  Diagnostic second;
  second.summary = "Second";
  const Error error =
      Error(ErrorKind::kInvalid, Diagnostics{first, second}).WithContext("reading app");
  ASSERT_EQ(error.diagnostics.size(), 2U);
  EXPECT_EQ(error.diagnostics[1].detail, "");
}

TEST(ErrorDeathTest, AnErrorWithoutADiagnosticIsABug) {
  EXPECT_DEATH(Error(ErrorKind::kInvalid, Diagnostics{}), "CHECK");
}

}  // namespace
}  // namespace gitops
