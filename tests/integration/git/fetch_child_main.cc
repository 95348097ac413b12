// The fetch child alone, as a program: what the engine's binary does for `internal-fetch`.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sources/fetch_child.h"

int main(int argc, char** argv) {
  if (argc != 2 || std::strcmp(argv[1], gitops::kFetchCommand) != 0) {
    std::fprintf(stderr, "usage: %s %s\n", argv[0], gitops::kFetchCommand);
    return 64;
  }
  return gitops::RunFetchChild(STDIN_FILENO, STDOUT_FILENO);
}
