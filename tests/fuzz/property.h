// What the fuzz targets check with: a broken property, and the checks that several targets share.
// A target throws; libFuzzer takes the exception as a crash, the replay test as a failure.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/yaml/node.h"

namespace gitops::fuzz {

class PropertyBroken : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws PropertyBroken when `holds` is false; `what` says what should have held.
void Require(bool holds, std::string_view what, std::string_view detail = "");

/// Every diagnostic has a summary, and every place in `file` lies within `text`.
void RequirePlacesInside(const Diagnostics& diagnostics, std::string_view text,
                         std::string_view file);

/// Summaries, severities and subjects, sorted, one a line: what formatting must not change.
std::string WhatTheySay(const Diagnostics& diagnostics);

/// The document `text` written anew, in another form but with the same content; "" when it cannot
/// be read.
std::string Reformat(std::string_view text);

}  // namespace gitops::fuzz
