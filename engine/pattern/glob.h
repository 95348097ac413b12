// Glob: a path pattern as in `hooks.setup.inputs`. `*` and `?` stay within one name, `[a-z]` and
// `[!a-z]` are sets, a name `**` stands for any number of directories. Matching takes at most the
// product of both lengths, whatever is written. Immutable value. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace gitops {

class Glob {
 public:
  /// Reads a glob relative to the app's directory. Errors: kInvalid (an absolute path, "..", an
  /// empty name, an open "[", more than 1,024 bytes).
  static Result<Glob> Parse(std::string_view text);

  /// True when the whole of `path` matches. A directory that matches stands for all it holds.
  bool Matches(std::string_view path) const;

  /// True when something below the directory `path` might match.
  bool MayMatchBelow(std::string_view path) const;

  const std::string& text() const { return text_; }

 private:
  /// Positions in names_ that are reachable after all names of `path`.
  std::vector<bool> Walk(std::string_view path) const;
  void SkipStars(std::vector<bool>& states) const;

  std::string text_;
  std::vector<std::string> names_;
};

}  // namespace gitops
