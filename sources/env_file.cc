#include "sources/env_file.h"

#include <map>
#include <optional>
#include <utility>

#include "engine/yaml/scalars.h"
#include "engine/yaml/text_scan.h"
#include "sources/manifest_rules.h"
#include "sources/manifest_words.h"

namespace gitops {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view TrimLeft(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

std::string_view TrimRight(std::string_view text) {
  const std::size_t end = text.find_last_not_of(kBlank);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

/// True for what may follow a closing quote: nothing, or a comment.
bool IsLineEnd(std::string_view rest) {
  const std::string_view trimmed = TrimLeft(rest);
  return trimmed.empty() || (trimmed.size() < rest.size() && trimmed.front() == '#');
}

/// A value or, in `problem`, why it is none.
std::optional<std::string> ReadSingleQuoted(std::string_view text, std::string& problem) {
  const std::size_t end = text.find('\'', 1);
  if (end == std::string_view::npos) {
    problem = "the quote is not closed on its line";
  } else if (!IsLineEnd(text.substr(end + 1))) {
    problem = "there is text behind the closing quote";
  } else {
    return std::string(text.substr(1, end - 1));
  }
  return std::nullopt;
}

std::optional<std::string> ReadDoubleQuoted(std::string_view text, std::string& problem) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (IsLineEnd(text.substr(i + 1))) return value;
      problem = "there is text behind the closing quote";
      return std::nullopt;
    }
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    const char escaped = i + 1 < text.size() ? text[i + 1] : '\0';
    if (escaped == 'n' || escaped == 't') {
      value += escaped == 'n' ? '\n' : '\t';
    } else if (escaped == '"' || escaped == '\\' || escaped == '$' || escaped == '`') {
      value += escaped;
    } else {
      problem = "a \\ is followed by none of n t \" \\ $ `";
      return std::nullopt;
    }
    ++i;
  }
  problem = "the quote is not closed on its line";
  return std::nullopt;
}

std::optional<std::string> ReadPlain(std::string_view text, std::string& problem) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) {
      text = text.substr(0, i);
      break;
    }
  }
  if (!text.empty() && text.front() == '#') text = "";
  text = TrimRight(text);
  if (text.find_first_of("\"'") == std::string_view::npos) return std::string(text);
  problem = "a quote stands inside the value; put the whole value in quotes";
  return std::nullopt;
}

std::string CheckName(std::string_view name) {
  const std::string problem = "a name is expected before \"=\": A-Z a-z 0-9 _, no digit in front";
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return problem;
  for (const char c : name) {
    const bool fits =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!fits) return problem;
  }
  const std::string_view reason = ReservedVariable(name);
  return reason.empty() ? "" : "the name is reserved: " + std::string(reason);
}

class EnvFileReader {
 public:
  explicit EnvFileReader(std::string_view file) : file_(file) {}

  void ReadLine(std::string_view line, int number) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    line = TrimLeft(line);
    if (line.empty() || line.front() == '#') return;
    if (line.substr(0, 7) == "export " || line.substr(0, 7) == "export\t") {
      line = TrimLeft(line.substr(7));
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return Report(number, "not a NAME=VALUE line", "\"=\" is missing");
    }
    const std::string_view name = line.substr(0, equals);
    const std::string_view rest = line.substr(equals + 1);
    if (name != TrimRight(name) || (rest != TrimLeft(rest) && !TrimLeft(rest).empty())) {
      return Report(number, "not a NAME=VALUE line", "there is white space around \"=\"",
                    "remove it");
    }
    if (std::string problem = CheckName(name); !problem.empty()) {
      return Report(number, "name not allowed", std::move(problem));
    }
    ReadValue(name, rest, number);
  }

  Result<std::vector<EnvFileEntry>> Take() {
    if (!problems_.empty()) return Error(ErrorKind::kInvalid, std::move(problems_));
    return std::move(entries_);
  }

 private:
  void ReadValue(std::string_view name, std::string_view text, int number) {
    std::string problem;
    std::optional<std::string> value;
    if (!text.empty() && text.front() == '\'') {
      value = ReadSingleQuoted(text, problem);
    } else if (!text.empty() && text.front() == '"') {
      value = ReadDoubleQuoted(text, problem);
    } else {
      value = ReadPlain(text, problem);
    }
    if (!value) return Report(number, "value not readable", std::move(problem));
    if (name.size() + value->size() + 2 > kLongestVariable) {
      return Report(number, "value too large",
                    "the system passes at most " + std::to_string(kLongestVariable) + " bytes");
    }
    const auto [known, added] = lines_.emplace(std::string(name), number);
    if (!added) {
      return Report(number, "duplicate variable",
                    std::string(name) + " stands on line " + std::to_string(known->second) +
                        " and again on line " + std::to_string(number),
                    "keep one of the two");
    }
    if (entries_.size() == kMostEnvEntries) {
      return Report(number, "too many variables",
                    "at most " + std::to_string(kMostEnvEntries) + " are allowed");
    }
    entries_.push_back(EnvFileEntry{std::string(name), *std::move(value), number});
  }

  void Report(int line, std::string summary, std::string detail, std::string hint = "") {
    constexpr std::size_t kMostProblems = 20;
    if (problems_.size() >= kMostProblems) return;
    problems_.push_back(Diagnostic{Severity::kError, std::move(summary), std::move(detail), "",
                                   Location{std::string(file_), line, 1}, std::move(hint)});
  }

  std::string_view file_;
  std::map<std::string, int> lines_;
  std::vector<EnvFileEntry> entries_;
  Diagnostics problems_;
};

}  // namespace

Result<std::vector<EnvFileEntry>> ParseEnvFile(std::string_view text, std::string_view file) {
  if (text.size() > kLargestEnvFile) {
    Diagnostic problem;
    problem.summary = "file too large";
    problem.detail = "the size limit is " + std::to_string(kLargestEnvFile) + " bytes";
    problem.location.file = std::string(file);
    return Error(ErrorKind::kInvalid, std::move(problem));
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  TextScan scan = ScanText(text, file);
  if (!scan.problems.empty()) return Error(ErrorKind::kInvalid, std::move(scan.problems));
  EnvFileReader reader(file);
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.ReadLine(text.substr(0, end), ++number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return reader.Take();
}

}  // namespace gitops
