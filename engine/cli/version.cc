#include "engine/cli/version.h"

namespace gitops {
namespace {

#if defined(__clang__)
constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

std::string_view ProgramVersion() { return TFGRID_COMPOSE_VERSION; }

std::string VersionText() { return "tfgrid-compose " + std::string(ProgramVersion()) + "\n"; }

void WriteVersion(DocumentWriter& writer) {
  writer.Member("version", ProgramVersion());
  writer.Member("compiler", kCompiler);
}

}  // namespace gitops
