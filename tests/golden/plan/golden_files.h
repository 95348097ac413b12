// GoldenFiles: compares texts with the files of a case, or writes them when asked to.
#pragma once

#include <map>
#include <string>

namespace gitops::testing {

/// Texts by file name.
using Texts = std::map<std::string, std::string>;

/// Fails unless the folder `case_name` beside this file holds exactly `texts`. With
/// TFGRID_COMPOSE_ACCEPT=1 the folder is made to.
void ExpectGolden(const std::string& case_name, const Texts& texts);

/// The names of all case folders beside this file.
std::map<std::string, bool> GoldenCases();

}  // namespace gitops::testing
