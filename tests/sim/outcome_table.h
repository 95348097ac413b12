// OutcomeTable: counts what came out of the simulator's runs, and writes it for docs/reliability.md
// where TFGRID_COMPOSE_RELIABILITY_DIR says. Single-threaded.
#pragma once

#include <map>
#include <string>
#include <utility>

namespace gitops::sim {

class OutcomeTable {
 public:
  void Add(const std::string& scenario, const std::string& fault, const std::string& outcome,
           std::size_t violations);
  void AddSeeds(int seeds) { seeds_ += seeds; }
  int runs() const { return runs_; }

  /// One line for each scenario and fault.
  std::string Text() const;
  /// One JSON object; `marks` says how often each mark was reached.
  std::string Json(const std::map<std::string, long>& marks) const;

 private:
  struct Row {
    int runs = 0;
    std::map<std::string, int> outcomes;
    std::size_t violations = 0;
  };

  std::map<std::pair<std::string, std::string>, Row> rows_;
  int runs_ = 0;
  int seeds_ = 0;
};

}  // namespace gitops::sim
