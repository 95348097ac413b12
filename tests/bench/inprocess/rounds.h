// Rounds: runs several subjects in turns inside this process and prints the times of each as JSON.
// Single-threaded.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gitops::bench {

struct Subject {
  std::string name;
  std::function<void()> run;
};

/// Every subject once for nothing, then `runs` rounds whose order is turned round each time. Prints
/// {"subjects": [{"name", "wallMs": […], "cpuMs": […]}]} to standard output.
void RunRounds(const std::vector<Subject>& subjects, int runs);

/// An error of the bench itself: prints it and exits with 1.
[[noreturn]] void Give(const std::string& why);

/// `treediff REPOSITORY FROM TO RUNS`: two commits, by their ids.
void MeasureTreeDiff(const std::string& repository, const std::string& from, const std::string& to,
                     int runs);
/// `json APPS RUNS`
void MeasureJson(int apps, int runs);

}  // namespace gitops::bench
