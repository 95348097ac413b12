#include "tests/sim/outcome_table.h"

#include <cstdio>

namespace gitops::sim {
namespace {

/// Names here have no character that JSON escapes but the quotes of marks.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

void OutcomeTable::Add(const std::string& scenario, const std::string& fault,
                       const std::string& outcome, std::size_t violations) {
  Row& row = rows_[{scenario, fault}];
  ++row.runs;
  ++row.outcomes[outcome];
  row.violations += violations;
  ++runs_;
}

std::string OutcomeTable::Text() const {
  std::string text;
  for (const auto& [key, row] : rows_) {
    char line[160];
    std::snprintf(line, sizeof line, "%-22s %-28s %6d runs ", key.first.c_str(), key.second.c_str(),
                  row.runs);
    text += line;
    for (const auto& [outcome, count] : row.outcomes) {
      text += " " + outcome + " " + std::to_string(count);
    }
    if (row.violations > 0) text += "  VIOLATIONS " + std::to_string(row.violations);
    text += "\n";
  }
  return text + "in all " + std::to_string(runs_) + " runs and " + std::to_string(seeds_) +
         " seeds\n";
}

std::string OutcomeTable::Json(const std::map<std::string, long>& marks) const {
  std::string rows;
  for (const auto& [key, row] : rows_) {
    std::string outcomes;
    for (const auto& [outcome, count] : row.outcomes) {
      outcomes += (outcomes.empty() ? "" : ", ") + Quoted(outcome) + ": " + std::to_string(count);
    }
    rows += (rows.empty() ? "\n    " : ",\n    ");
    rows += "{\"scenario\": " + Quoted(key.first) + ", \"fault\": " + Quoted(key.second) +
            ", \"runs\": " + std::to_string(row.runs) + ", \"outcomes\": {" + outcomes +
            "}, \"violations\": " + std::to_string(row.violations) + "}";
  }
  std::string reached;
  for (const auto& [name, hits] : marks) {
    reached +=
        (reached.empty() ? "\n    " : ",\n    ") + Quoted(name) + ": " + std::to_string(hits);
  }
  return "{\n  \"suite\": \"sim\",\n  \"rows\": [" + rows +
         "\n  ],\n  \"seeds\": " + std::to_string(seeds_) + ",\n  \"marks\": {" + reached +
         "\n  }\n}\n";
}

}  // namespace gitops::sim
