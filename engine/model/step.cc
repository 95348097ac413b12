#include "engine/model/step.h"

#include "engine/base/digest.h"

namespace gitops {

std::string StepAddress::ToString() const {
  std::string text = std::string(gitops::ToString(phase)) + "." + step;
  if (!host.empty()) text += "[" + host + "]";
  return text;
}

std::optional<StepAddress> ParseStepAddress(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto phase = ParsePhase(text.substr(0, dot));
  if (!phase) return std::nullopt;
  std::string_view rest = text.substr(dot + 1);
  StepAddress address{*phase, "", ""};
  if (const std::size_t bracket = rest.find('['); bracket != std::string_view::npos) {
    if (rest.back() != ']') return std::nullopt;
    address.host = std::string(rest.substr(bracket + 1, rest.size() - bracket - 2));
    if (address.host.empty()) return std::nullopt;
    rest = rest.substr(0, bracket);
  }
  if (rest.empty()) return std::nullopt;
  address.step = std::string(rest);
  return address;
}

std::string OutputRef::InputName() const {
  return step.ToString() + ".outputs" + (output.empty() ? "" : "." + output);
}

std::string DigestOutputs(const OutputRef& ref, const Outputs& outputs) {
  DigestBuilder digest;
  for (const auto& [name, value] : outputs) {
    if (ref.output.empty() || ref.output == name) digest.Add(name).Add(value);
  }
  return digest.Hex();
}

}  // namespace gitops
