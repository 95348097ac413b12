// Reading a step's parameters.
#pragma once

#include <set>
#include <string>

#include "engine/model/step.h"

namespace gitops {

/// The parameter `name`, or "".
inline std::string Parameter(const Step& step, const std::string& name) {
  const auto found = step.parameters.find(name);
  return found == step.parameters.end() ? "" : found->second;
}

/// The parameter `name` as a set: one item a line (or separated by commas); empty ones do not
/// count.
inline std::set<std::string> ListParameter(const Step& step, const std::string& name) {
  std::set<std::string> items;
  const std::string text = Parameter(step, name);
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find_first_of(",\n", begin);
    if (end == std::string::npos) end = text.size();
    if (end > begin) items.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

}  // namespace gitops
