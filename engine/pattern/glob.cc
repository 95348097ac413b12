#include "engine/pattern/glob.h"

#include <utility>

#include "engine/model/file_tree.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestGlob = 1024;

std::vector<std::string_view> SplitNames(std::string_view path) {
  std::vector<std::string_view> names;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    names.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return names;
}

/// Matches one byte against the token at `at` ("?", a set or a literal); sets `at` behind it.
bool MatchesOne(std::string_view pattern, std::size_t& at, char c) {
  if (pattern[at] == '?') {
    ++at;
    return true;
  }
  if (pattern[at] != '[') return pattern[at++] == c;
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && pattern[i] == '!';
  if (negated) ++i;
  const std::size_t close = pattern.find(']', i + 1);
  bool found = false;
  for (; i < close; ++i) {
    if (i + 2 < close && pattern[i + 1] == '-') {
      found = found || (pattern[i] <= c && c <= pattern[i + 2]);
      i += 2;
    } else {
      found = found || pattern[i] == c;
    }
  }
  at = close + 1;
  return found != negated;
}

/// One name against one part of the glob: on a mismatch, goes back to the last star only.
bool MatchesName(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0;
  std::size_t star = std::string_view::npos, star_name = 0;
  while (n < name.size()) {
    std::size_t next = p;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() && MatchesOne(pattern, next, name[n])) {
      p = next;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool SetsAreClosed(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '[') continue;
    std::size_t first = i + 1;
    if (first < name.size() && name[first] == '!') ++first;
    i = name.find(']', first + 1);
    if (i == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace

Result<Glob> Glob::Parse(std::string_view text) {
  Glob glob;
  glob.text_ = std::string(text);
  while (text.size() > 1 && text.back() == '/') text.remove_suffix(1);
  if (text.substr(0, 2) == "./") text.remove_prefix(2);
  if (text.size() > kLongestGlob || !IsSafeRelativePath(text)) {
    return MakeError(ErrorKind::kInvalid, "invalid glob",
                     "\"" + glob.text_ + "\" is no relative path of the app's directory.",
                     "write it like src/**/*.py or config");
  }
  for (const std::string_view name : SplitNames(text)) {
    if (!SetsAreClosed(name)) {
      return MakeError(ErrorKind::kInvalid, "invalid glob",
                       "\"" + glob.text_ + "\" has a \"[\" without \"]\".",
                       "write [[] for a \"[\"");
    }
    glob.names_.emplace_back(name);
  }
  return glob;
}

void Glob::SkipStars(std::vector<bool>& states) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (states[i] && names_[i] == "**") states[i + 1] = true;
  }
}

std::vector<bool> Glob::Walk(std::string_view path) const {
  std::vector<bool> states(names_.size() + 1, false);
  states[0] = true;
  SkipStars(states);
  for (const std::string_view name : SplitNames(path)) {
    std::vector<bool> next(names_.size() + 1, false);
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (!states[i]) continue;
      if (names_[i] == "**") {
        next[i] = true;
      } else if (MatchesName(names_[i], name)) {
        next[i + 1] = true;
      }
    }
    SkipStars(next);
    states = std::move(next);
  }
  return states;
}

bool Glob::Matches(std::string_view path) const { return Walk(path).back(); }

bool Glob::MayMatchBelow(std::string_view path) const {
  const std::vector<bool> states = Walk(path);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (states[i]) return true;
  }
  return false;
}

}  // namespace gitops
