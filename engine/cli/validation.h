// Validation: `validate PATH…`: every problem of every manifest below some paths, also those that
// only show between files (two apps of one name, dependencies in a circle). Reads files only.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "differ/render.h"
#include "engine/base/diagnostic.h"
#include "engine/base/result.h"
#include "engine/model/document_writer.h"
#include "engine/pattern/catalog.h"

namespace gitops {

struct ValidatedFile {
  std::string file;  ///< As it was given, or found below what was given.
  std::string app;   ///< Name in the manifest; "" when it cannot be read, or is none.
  Diagnostics diagnostics;

  bool IsValid() const { return !HasErrors(diagnostics); }
};

struct ValidationReport {
  std::vector<ValidatedFile> files;  ///< In the order of the paths, sorted within each.

  bool HasFailures() const;
};

/// How far a search for manifests goes.
struct SearchLimits {
  int depth = 16;
  std::size_t directories = 100'000;
  std::size_t manifests = 50'000;
};

/// Checks the manifests at `paths`: a manifest, or a directory that is searched for them.
/// Errors: kNotFound (no such path, no manifest below it), kInvalid (a limit), kCancelled.
Result<ValidationReport> ValidatePaths(const std::vector<std::string>& paths,
                                       PatternCatalog& patterns, std::stop_token stop,
                                       const SearchLimits& limits = {});

/// True for what is the engine's configuration by its name: "reconciler.yaml".
bool IsConfigurationFile(const std::string& path);

std::string ValidationText(const ValidationReport& report, const RenderOptions& options);
/// Members of the root object.
void WriteValidationReport(DocumentWriter& writer, const ValidationReport& report);

}  // namespace gitops
