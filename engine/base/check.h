// CHECK: assertions that stay on in release builds. A failed CHECK is a programmer's error, never a
// user's: it prints where and why, and aborts. Recovery happens at the next start, from the
// journal.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace gitops {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr,
               "internal error: CHECK(%s) failed at %s:%d; this is a bug, please report it\n",
               condition, file, line);
  std::abort();
}

}  // namespace gitops

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) ::gitops::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
