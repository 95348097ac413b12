// MeasuredProcess: runs a program to its end and tells what it used, with all it waited for.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "engine/base/check.h"

namespace gitops {

struct MeasuredResult {
  int exit_code = -1;  ///< -1 when a signal ended it.
  std::string output;  ///< Standard output.
  std::string error_output;
  long peak_kib = 0;  ///< Largest resident set of it or of any of its children.
  std::chrono::milliseconds duration{0};
};

/// `scratch` is a directory for the two streams.
inline MeasuredResult RunMeasured(std::vector<std::string> argv,
                                  const std::map<std::string, std::string>& environment,
                                  const std::string& directory, const std::string& scratch) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
  };
  const std::vector<char*> words = pointers(argv);
  const std::vector<char*> values = pointers(variables);
  const std::string files[2] = {scratch + "/measured.out", scratch + "/measured.err"};
  const auto started = std::chrono::steady_clock::now();
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    for (int i = 0; i < 2; ++i) {
      const int fd = open(files[i].c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      if (fd < 0 || dup2(fd, i + 1) < 0) _exit(99);
    }
    if (chdir(directory.c_str()) != 0) _exit(99);
    execve(words[0], words.data(), values.data());
    _exit(99);
  }
  int status = 0;
  rusage used{};
  while (wait4(child, &status, 0, &used) != child) {
  }
  MeasuredResult result;
  result.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result.peak_kib = used.ru_maxrss;
  const auto read = [](const std::string& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
  };
  result.output = read(files[0]);
  result.error_output = read(files[1]);
  return result;
}

}  // namespace gitops
