// Version: what this binary is and what it was built with. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/document_writer.h"

namespace gitops {

/// "1.0.0"
std::string_view ProgramVersion();

/// What `version` and --version print.
std::string VersionText();
/// Members of the root object.
void WriteVersion(DocumentWriter& writer);

}  // namespace gitops
