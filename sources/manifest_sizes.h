// Setters for single numbers and sizes of a manifest, shared by the readers of its parts. What does
// not fit is skipped: the table has reported it. Private to the parser. Pure.
#pragma once

#include <string>

#include "sources/manifest_draft.h"

namespace gitops {

void SetInteger(ManifestDraft& draft, const std::string& path, const YamlNode& node);
/// Memory in MB.
void SetMemory(ManifestDraft& draft, const std::string& path, const YamlNode& node);
/// A disk in GB; a bare number above 10240 is marked as ambiguous.
void SetDisk(ManifestDraft& draft, const std::string& path, const YamlNode& node);
/// A disk that is written in MB, as GB (rounded up); a bare number below 1024 is marked as
/// ambiguous.
void SetDiskInMegabytes(ManifestDraft& draft, const std::string& path, const YamlNode& node);

}  // namespace gitops
