#include "engine/yaml/syntax_problem.h"

#include <algorithm>

namespace gitops {
namespace {

std::string Line(int line) { return "line " + std::to_string(line); }

int CountLines(std::string_view text) {
  return 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

/// The last line that holds more than white space.
int LastLine(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? 1 : CountLines(text.substr(0, end));
}

/// The beginning of a line up to and with `place`.
std::string_view Indentation(std::string_view text, TextPlace place) {
  std::size_t begin = 0;
  for (int line = 1; line < place.line; ++line) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return "";
    ++begin;
  }
  return text.substr(begin, static_cast<std::size_t>(place.column));
}

bool IsTabIndented(std::string_view text, TextPlace place) {
  const std::string_view indent = Indentation(text, place);
  return indent.find_first_not_of(" \t") == std::string_view::npos &&
         indent.find('\t') != std::string_view::npos;
}

/// For defects that begin before the place where they were noticed.
std::optional<SyntaxProblem> ExplainByBegin(const SyntaxFailure& failure) {
  const std::string noticed = Line(failure.noticed.line);
  if (failure.context == "while scanning a quoted scalar") {
    return SyntaxProblem{failure.context_begin, "the quote is never closed"};
  }
  if (failure.long_quote && failure.long_quote_end == failure.noticed.line) {
    return SyntaxProblem{*failure.long_quote, "the quote is not closed on its line; it ends on " +
                                                  noticed + ", where another quote stands"};
  }
  if (failure.context == "while scanning a simple key") {
    return SyntaxProblem{failure.context_begin, "a \":\" is missing after the key"};
  }
  const bool in_flow = failure.context == "while parsing a flow sequence" ||
                       failure.context == "while parsing a flow mapping" ||
                       failure.noticed.line > LastLine(failure.text);
  if (in_flow && failure.open_flow) {
    return SyntaxProblem{*failure.open_flow,
                         "the list or mapping that begins here with \"[\" or \"{\" is broken or "
                         "never closed: \",\", \"]\" or \"}\" expected on " +
                             noticed};
  }
  return std::nullopt;
}

std::string ExplainByWords(const SyntaxFailure& failure) {
  if (failure.problem == "mapping values are not allowed in this context") {
    return "a \":\" is not allowed here: the line is indented wrongly, or the text needs quotes";
  }
  if (failure.problem == "did not find expected node content") {
    return "a value was expected here: is there a comma too many, or a special character that "
           "needs quotes?";
  }
  if (failure.problem == "did not find expected key") {
    return "a key was expected here: the indentation does not fit, or the text before needs quotes";
  }
  if (failure.problem == "did not find expected '-' indicator") {
    return "a \"-\" was expected here: the indentation of the list does not fit";
  }
  if (IsTabIndented(failure.text, failure.noticed)) {
    return "a tab is used for indentation; use spaces";
  }
  return failure.problem + (failure.context.empty() ? "" : " " + failure.context);
}

}  // namespace

SyntaxProblem ExplainSyntaxFailure(const SyntaxFailure& failure) {
  if (auto problem = ExplainByBegin(failure)) return *std::move(problem);
  SyntaxProblem problem{failure.noticed, ExplainByWords(failure)};
  if (const int last = LastLine(failure.text); problem.place.line > last) problem.place = {last, 1};
  return problem;
}

int FindManyDirectives(std::string_view text) {
  constexpr int kMany = 3;  // Lines in the middle of a quoted text may begin with % too.
  int found = text.substr(0, 1) == "%" ? 1 : 0;
  std::size_t first = 0;
  for (std::size_t at = text.find("\n%"); at != std::string_view::npos && found < kMany;
       at = text.find("\n%", at + 1)) {
    if (found++ == 0) first = at + 1;
  }
  return found < kMany ? 0 : CountLines(text.substr(0, first));
}

}  // namespace gitops
