// SyntaxProblem: where a YAML syntax error begins and what to do about it, from what libyaml says
// and from what the reader has seen before. Private to the reader. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gitops {

/// A line and a column, both from 1.
struct TextPlace {
  int line = 0;
  int column = 0;
};

/// What is known when libyaml gives up.
struct SyntaxFailure {
  std::string_view text;                ///< The whole document.
  std::string problem;                  ///< libyaml's words.
  std::string context;                  ///< What it was doing: "while scanning …"; may be "".
  TextPlace noticed;                    ///< Where it gave up.
  TextPlace context_begin;              ///< Where that began.
  std::optional<TextPlace> open_flow;   ///< The innermost "[" or "{" without its end.
  std::optional<TextPlace> long_quote;  ///< Begin of the last quoted text of several lines,
  int long_quote_end = 0;               ///< and the line it ends on.
};

struct SyntaxProblem {
  TextPlace place;     ///< Where the defect begins, as near as can be told.
  std::string detail;  ///< What people can act on; libyaml's words when there is nothing better.
};

SyntaxProblem ExplainSyntaxFailure(const SyntaxFailure& failure);

/// The line of the first of many directives ("%…"), or 0 when there are few. libyaml compares each
/// %TAG line with all others before it reports a document: minutes for a megabyte of them.
int FindManyDirectives(std::string_view text);

}  // namespace gitops
