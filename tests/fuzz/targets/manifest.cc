// Manifests: a manifest, and after a zero byte the setup hook and the env file of its app.
// Formatting changes neither what is read nor what is complained about; checks against files stay
// on the file.
#include <vector>

#include "sources/env_file.h"
#include "sources/manifest_check.h"
#include "sources/manifest_parser.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"
#include "tests/support/manifest_dump.h"
#include "tests/support/memory_tree.h"

namespace gitops::fuzz {
namespace {

constexpr std::string_view kFile = "tfgrid-compose.yaml";

ManifestContext Context() {
  return {{"single-vm", "gateway", "k3s"}, {"status", "logs", "reconcile"}};
}

/// All that a reading says: the manifest without places, or the problems without places.
std::string Reading(std::string_view text) {
  const Result<ParsedManifest> parsed = ParseManifest(text, kFile, Context());
  if (!parsed) return "refused\n" + WhatTheySay(parsed.error().diagnostics);
  return DumpManifest(parsed->manifest, false) + WhatTheySay(parsed->diagnostics);
}

std::string_view TakeSection(std::string_view& bytes) {
  const std::size_t end = bytes.find('\0');
  const std::string_view section = bytes.substr(0, end);
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  return section;
}

void CheckFiles(const Manifest& manifest, std::string_view text, std::string_view rest) {
  const std::string_view hook = TakeSection(rest);
  const std::string_view env_file = TakeSection(rest);
  const MemoryTree app({{"tfgrid-compose.yaml", std::string(text)},
                        {"deployment/setup.sh", {std::string(hook), EntryKind::kExecutable}},
                        {"deployment/configure.sh", {"#!/bin/sh\n", EntryKind::kSymlink}},
                        {"app.env", std::string(env_file)},
                        {"src/main.py", "print(1)\n"}});
  RequirePlacesInside(CheckAppFiles(manifest, app, kFile), text, kFile);
  const Result<ParsedManifest> read = ReadManifest(app, "", kFile, EntryKind::kFile, Context());
  Require(read.has_value() || IsLfsPointer(text), "a manifest reads the same from a tree");
}

}  // namespace

void FuzzManifest(std::string_view bytes) {
  const std::string_view text = TakeSection(bytes);
  const Result<ParsedManifest> parsed = ParseManifest(text, kFile, Context());
  if (parsed) {
    Require(!HasErrors(parsed->diagnostics), "what is read has no errors");
    RequirePlacesInside(parsed->diagnostics, text, kFile);
    CheckFiles(parsed->manifest, text, bytes);
  } else {
    Require(HasErrors(parsed.error().diagnostics), "what is refused has an error");
    RequirePlacesInside(parsed.error().diagnostics, text, kFile);
  }
  const std::string reformatted = Reformat(text);
  if (reformatted.empty()) return;
  const std::string before = Reading(text);
  const std::string after = Reading(reformatted);
  Require(before == after, "formatting changes nothing",
          before + "--- reformatted:\n" + reformatted + "--- reads as:\n" + after);
}

}  // namespace gitops::fuzz
