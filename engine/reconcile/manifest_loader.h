// ManifestLoader: an app's directory in Git → its manifest and every problem with it. The bridge
// between what sources find and what the reconciler works with. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/model/manifest.h"
#include "engine/model/source.h"
#include "engine/reconcile/candidate.h"
#include "engine/reconcile/parts.h"
#include "sources/git_mirror.h"

namespace gitops {

struct ManifestReading {
  std::string file;  ///< From the repository's root.
  std::string name;  ///< Of the app; "" when the manifest does not even tell that.
  std::shared_ptr<const FileTree> files;     ///< The directory.
  std::shared_ptr<const Manifest> manifest;  ///< Null when there is an error.
  Diagnostics diagnostics;                   ///< Errors when it is null; else warnings and notes.
};

/// Reads and checks the manifest of one directory and the files it names. `known_patterns` is for
/// "did you mean"; it may be empty. A manifest with errors is a reading; an Error means that the
/// repository could not be read, which says nothing about the app: any kind but kInvalid.
Result<ManifestReading> ReadAppManifest(const EngineParts& parts, const SourceSpec& source,
                                        const AppDirectory& place,
                                        const std::vector<std::string>& known_patterns);

/// The manifest of a candidate at its tree, read anew. `known_patterns`: it may use no other;
/// empty: any. Errors: kInvalid with every problem, kNotFound.
Result<std::shared_ptr<const Manifest>> LoadManifestOf(
    const EngineParts& parts, const Candidate& candidate,
    const std::vector<std::string>& known_patterns = {});

/// Where `depends_on` stands in a manifest; null when it does not.
std::unique_ptr<const Location> PlaceOfDependencies(const Manifest& manifest);

/// A name for an app whose manifest does not tell one: the last part of its directory in the
/// letters of a name, or `fallback`.
std::string NameFromDirectory(const std::string& directory, const std::string& fallback);

}  // namespace gitops
