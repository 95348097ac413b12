// The program of the in-process cases; tests/bench/run starts it and reads what it prints.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "tests/bench/inprocess/rounds.h"

namespace gitops::bench {
namespace {

double Now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

void PrintTimes(const char* key, const std::vector<double>& times) {
  std::printf("\"%s\": [", key);
  for (std::size_t i = 0; i < times.size(); ++i)
    std::printf("%s%.6f", i == 0 ? "" : ", ", times[i]);
  std::printf("]");
}

}  // namespace

void RunRounds(const std::vector<Subject>& subjects, int runs) {
  std::vector<std::vector<double>> wall(subjects.size());
  std::vector<std::vector<double>> cpu(subjects.size());
  for (const Subject& subject : subjects) subject.run();
  for (int round = 0; round < runs; ++round) {
    for (std::size_t turn = 0; turn < subjects.size(); ++turn) {
      const std::size_t i = round % 2 == 0 ? turn : subjects.size() - 1 - turn;
      const double wall_before = Now(CLOCK_MONOTONIC);
      const double cpu_before = Now(CLOCK_PROCESS_CPUTIME_ID);
      subjects[i].run();
      cpu[i].push_back(Now(CLOCK_PROCESS_CPUTIME_ID) - cpu_before);
      wall[i].push_back(Now(CLOCK_MONOTONIC) - wall_before);
    }
  }
  std::printf("{\"subjects\": [");
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    std::printf("%s{\"name\": \"%s\", ", i == 0 ? "" : ", ", subjects[i].name.c_str());
    PrintTimes("wallMs", wall[i]);
    std::printf(", ");
    PrintTimes("cpuMs", cpu[i]);
    std::printf("}");
  }
  std::printf("]}\n");
}

void Give(const std::string& why) {
  std::fprintf(stderr, "bench_inprocess: %s\n", why.c_str());
  std::exit(1);
}

}  // namespace gitops::bench

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments.size() == 5 && arguments[0] == "treediff") {
    gitops::bench::MeasureTreeDiff(arguments[1], arguments[2], arguments[3],
                                   std::atoi(arguments[4].c_str()));
    return 0;
  }
  if (arguments.size() == 3 && arguments[0] == "json") {
    gitops::bench::MeasureJson(std::atoi(arguments[1].c_str()), std::atoi(arguments[2].c_str()));
    return 0;
  }
  gitops::bench::Give("usage: treediff REPOSITORY FROM TO RUNS | json APPS RUNS");
}
