// Env files: what is read, written in double quotes, reads back as the same; problems stand on a
// line of the file and never quote a value.
#include "sources/env_file.h"

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

std::string Quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else {
      text += c;
    }
  }
  return text + "\"";
}

}  // namespace

void FuzzEnvFile(std::string_view bytes) {
  const auto entries = ParseEnvFile(bytes, "app.env");
  if (!entries) {
    Require(entries.error().kind == ErrorKind::kInvalid, "a broken env file is invalid");
    RequirePlacesInside(entries.error().diagnostics, bytes, "app.env");
    return;
  }
  Require(entries->size() <= kMostEnvEntries, "the number of variables is limited");
  std::string written;
  for (const EnvFileEntry& entry : *entries) {
    written += entry.name + "=" + Quoted(entry.value) + "\n";
  }
  const auto again = ParseEnvFile(written, "app.env");
  if (written.size() > kLargestEnvFile) return;
  Require(again.has_value(), "what was written can be read", written);
  Require(again->size() == entries->size(), "nothing is lost", written);
  for (std::size_t i = 0; i < entries->size(); ++i) {
    Require((*again)[i].name == (*entries)[i].name && (*again)[i].value == (*entries)[i].value,
            "what was written reads back as the same", written);
  }
}

}  // namespace gitops::fuzz
