// Outputs of an infrastructure step, a line NAME=VALUE each: folding finds an address, is final
// when done twice, and loses nothing that is no address.
#include "engine/pattern/outputs.h"

#include <algorithm>

#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

Outputs ReadOutputs(std::string_view bytes) {
  Outputs outputs;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    const std::size_t equals = std::min(line.find('='), line.size());
    outputs[std::string(line.substr(0, equals))] =
        std::string(line.substr(std::min(equals + 1, line.size())));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return outputs;
}

}  // namespace

void FuzzOutputs(std::string_view bytes) {
  const Outputs outputs = ReadOutputs(bytes);
  const Result<Outputs> folded = FoldOutputs(outputs, {"mycelium", "wireguard"});
  if (!folded) {
    Require(folded.error().kind == ErrorKind::kInvalid, "bad outputs are invalid");
    Require(HasErrors(folded.error().diagnostics), "a refusal has an error");
    return;
  }
  for (const std::string_view name : {kPrimaryIp, kPrimaryIpType, kIpv4Address, kIpv6Address,
                                      kWireguardAddress, kMyceliumAddress}) {
    Require(folded->contains(std::string(name)), "every address has an output", name);
  }
  const std::string& primary = folded->at(std::string(kPrimaryIp));
  Require(!primary.empty() && primary.front() != '-', "there is a primary address", primary);
  Require(std::all_of(primary.begin(), primary.end(),
                      [](char c) {
                        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                               (c >= 'A' && c <= 'Z') || c == '.' || c == ':';
                      }),
          "the primary address is nothing but an address", primary);
  const Result<Outputs> again = FoldOutputs(*folded, {"mycelium", "wireguard"});
  Require(again.has_value(), "what was folded can be folded");
  Require(*again == *folded, "folding is final");
}

}  // namespace gitops::fuzz
