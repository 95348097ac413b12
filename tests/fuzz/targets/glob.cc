// Globs: the first line is a glob, the second a path. A path matches itself in every spelling, and
// what matches lies below directories that may match.
#include "engine/pattern/glob.h"

#include "engine/model/file_tree.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

/// The glob that matches `path` and nothing else.
std::string Literal(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[') {
      text += std::string("[") + c + "]";
    } else {
      text += c;
    }
  }
  return text;
}

void CheckLiteral(std::string_view path) {
  const Result<Glob> glob = Glob::Parse(Literal(path));
  if (!glob) {
    Require(Literal(path).size() > 1024, "a safe path is a glob", path);
    return;
  }
  Require(glob->Matches(path), "a path matches itself", path);
  Require(!glob->Matches(std::string(path) + "x"), "a path matches no other", path);
  Require(!glob->Matches("x" + std::string(path)), "a path matches no other", path);
  const Result<Glob> everything = Glob::Parse("**");
  Require(everything && everything->Matches(path), "** matches every path", path);
}

}  // namespace

void FuzzGlob(std::string_view bytes) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string_view path = bytes.substr(std::min(end + 1, bytes.size()));
  const bool safe = IsSafeRelativePath(path);
  if (safe) CheckLiteral(path);
  const Result<Glob> glob = Glob::Parse(bytes.substr(0, end));
  if (!glob) {
    Require(glob.error().kind == ErrorKind::kInvalid, "a bad glob is invalid");
    return;
  }
  Require(glob->text() == bytes.substr(0, end), "a glob keeps its text");
  if (!safe || !glob->Matches(path)) return;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    Require(glob->MayMatchBelow(path.substr(0, slash)), "what matches may match below", path);
  }
}

}  // namespace gitops::fuzz
