#include "engine/base/diagnostic.h"

#include <gtest/gtest.h>

namespace gitops {
namespace {

TEST(LocationTest, PrintsOnlyWhatIsKnown) {
  EXPECT_EQ((Location{"app.yaml", 3, 7}).ToString(), "app.yaml:3:7");
  EXPECT_EQ((Location{"app.yaml", 3, 0}).ToString(), "app.yaml:3");
  EXPECT_EQ((Location{"app.yaml", 0, 7}).ToString(), "app.yaml");
  EXPECT_EQ((Location{"", 3, 7}).ToString(), "line 3:7");
  EXPECT_EQ(Location{}.ToString(), "");
}

TEST(DiagnosticTest, IsOneLineWithAllItsParts) {
  Diagnostic diagnostic;
  diagnostic.summary = "Unknown key";
  diagnostic.detail = "\"memry\" is no key of resources";
  diagnostic.subject = "resources.memry";
  diagnostic.location = {"app.yaml", 3, 7};
  diagnostic.hint = "did you mean \"memory\"?";
  EXPECT_EQ(diagnostic.ToString(),
            "app.yaml:3:7: Unknown key [resources.memry]: \"memry\" is no key of resources "
            "(did you mean \"memory\"?)");
}

TEST(DiagnosticTest, LeavesOutPartsThatAreEmpty) {
  Diagnostic diagnostic;
  diagnostic.summary = "Unknown key";
  EXPECT_EQ(diagnostic.ToString(), "Unknown key");
}

TEST(DiagnosticTest, OnlyErrorsCountAsErrors) {
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  Diagnostic note;
  note.severity = Severity::kNote;
  EXPECT_FALSE(HasErrors({}));
  EXPECT_FALSE(HasErrors({warning, note}));
  EXPECT_TRUE(HasErrors({warning, Diagnostic{}}));
}

}  // namespace
}  // namespace gitops
