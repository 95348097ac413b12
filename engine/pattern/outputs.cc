#include "engine/pattern/outputs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace gitops {
namespace {

struct AddressKind {
  std::string_view type;      // As in primary_ip_type.
  std::string_view output;    // Its name in the new generation.
  std::string_view old_name;  // And in the old one.
};

// In the order in which a primary address is chosen.
constexpr std::array<AddressKind, 4> kKinds{{
    {"ipv4", kIpv4Address, ""},
    {"mycelium", kMyceliumAddress, "mycelium_ip"},
    {"wireguard", kWireguardAddress, "wireguard_ip"},
    {"ipv6", kIpv6Address, ""},
}};

// The host is the machine of the engine: its primary address is no address of a network.
constexpr std::string_view kLocalType = "local";

const AddressKind* FindKind(std::string_view type) {
  for (const AddressKind& kind : kKinds) {
    if (kind.type == type) return &kind;
  }
  return nullptr;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// What remains of an address output: no blanks, no "/nn", no "null".
std::string CleanAddress(std::string_view raw) {
  std::string_view text = Trim(raw);
  text = text.substr(0, text.find('/'));
  return text == "null" ? "" : std::string(text);
}

// Loose on purpose: what matters is that nothing but an address reaches a command line.
bool LooksLikeAddress(std::string_view text) {
  if (text.find_first_of(".:") == std::string_view::npos || text.size() > 45) return false;
  const bool ipv6 = text.find(':') != std::string_view::npos;
  return std::all_of(text.begin(), text.end(), [ipv6](char c) {
    if (c >= '0' && c <= '9') return true;
    if (c == '.') return true;
    return ipv6 && (c == ':' || std::isxdigit(static_cast<unsigned char>(c)) != 0);
  });
}

/// Mycelium addresses lie in 400::/7, so their first group is 4xx or 5xx.
bool LooksLikeMycelium(std::string_view text) {
  return text.find(':') == 3 && (text[0] == '4' || text[0] == '5');
}

class Folding {
 public:
  explicit Folding(const Outputs& outputs) : raw_(outputs) {}

  Result<Outputs> Run(const std::vector<std::string>& prefer) {
    CopyOthers();
    for (const AddressKind& kind : kKinds) FoldAddress(kind);
    FoldPrimary();
    if (!problems_.empty()) return Error(ErrorKind::kInvalid, std::move(problems_));
    if (folded_[std::string(kPrimaryIp)].empty()) ChoosePrimary(prefer);
    if (folded_[std::string(kPrimaryIp)].empty()) return NoAddress();
    return std::move(folded_);
  }

 private:
  void CopyOthers() {
    folded_ = raw_;
    for (const AddressKind& kind : kKinds) folded_.erase(std::string(kind.old_name));
  }

  /// The cleaned address in output `name`; "" when it is absent or no address (then a problem).
  std::string Address(std::string_view name) {
    const auto found = raw_.find(std::string(name));
    if (name.empty() || found == raw_.end()) return "";
    std::string text = CleanAddress(found->second);
    if (text.empty() || LooksLikeAddress(text)) return text;
    problems_.push_back(
        {Severity::kError,
         "output is not an address",
         "The infrastructure gave " + std::string(name) + " = \"" + text + "\".",
         std::string(name),
         {},
         "an address output is an IPv4 or IPv6 address, or empty when there is none"});
    return "";
  }

  void FoldAddress(const AddressKind& kind) {
    std::string address = Address(kind.output);
    std::string old_address = Address(kind.old_name);
    folded_[std::string(kind.output)] =
        address.empty() ? std::move(old_address) : std::move(address);
  }

  void FoldPrimary() {
    const std::string primary = Address(kPrimaryIp);
    const auto found = raw_.find(std::string(kPrimaryIpType));
    std::string type = found == raw_.end() ? "" : CleanAddress(found->second);
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    folded_[std::string(kPrimaryIp)] = primary;
    folded_[std::string(kPrimaryIpType)] = "";
    if (primary.empty()) return;
    if (type == "public") type = primary.find(':') == std::string::npos ? "ipv4" : "ipv6";
    if (type.empty()) type = GuessType(primary);
    if (type == kLocalType) {
      folded_[std::string(kPrimaryIpType)] = type;
      return;
    }
    const AddressKind* kind = FindKind(type);
    if (kind == nullptr) {
      problems_.push_back({Severity::kError,
                           "unknown type of address",
                           "The infrastructure gave primary_ip_type = \"" + type + "\".",
                           std::string(kPrimaryIpType),
                           {},
                           "known: ipv4, ipv6, wireguard, mycelium, public, local"});
      return;
    }
    folded_[std::string(kPrimaryIpType)] = type;
    std::string& address = folded_[std::string(kind->output)];
    if (address.empty()) address = primary;
  }

  std::string GuessType(const std::string& primary) const {
    for (const AddressKind& kind : kKinds) {
      if (folded_.at(std::string(kind.output)) == primary) return std::string(kind.type);
    }
    if (primary.find(':') == std::string::npos) return "ipv4";
    return LooksLikeMycelium(primary) ? "mycelium" : "ipv6";
  }

  void ChoosePrimary(const std::vector<std::string>& prefer) {
    for (const std::string& type : prefer) {
      if (const AddressKind* kind = FindKind(type); kind != nullptr && TakePrimary(*kind)) return;
    }
    for (const AddressKind& kind : kKinds) {
      if (TakePrimary(kind)) return;
    }
  }

  bool TakePrimary(const AddressKind& kind) {
    const std::string& address = folded_[std::string(kind.output)];
    if (address.empty()) return false;
    folded_[std::string(kPrimaryIp)] = address;
    folded_[std::string(kPrimaryIpType)] = std::string(kind.type);
    return true;
  }

  static Error NoAddress() {
    return MakeError(ErrorKind::kInvalid, "infrastructure gave no address",
                     "None of primary_ip, ipv4_address, ipv6_address, wireguard_address and "
                     "mycelium_address has a value.",
                     "let the pattern's infrastructure output at least one address");
  }

  const Outputs& raw_;
  Outputs folded_;
  Diagnostics problems_;
};

}  // namespace

Result<Outputs> FoldOutputs(const Outputs& outputs, const std::vector<std::string>& prefer) {
  return Folding(outputs).Run(prefer);
}

Status CheckRequiredOutputs(const Pattern& pattern, const Outputs& outputs) {
  std::string missing;
  for (const std::string& name : pattern.required_outputs) {
    const auto found = outputs.find(name);
    if (found != outputs.end() && !found->second.empty()) continue;
    missing += (missing.empty() ? "" : ", ") + name;
  }
  if (missing.empty()) return {};
  return MakeError(ErrorKind::kInvalid, "infrastructure gave too few outputs",
                   "The pattern \"" + pattern.name + "\" requires " + missing + ".",
                   "add the outputs to the pattern's infrastructure, or take them out of "
                   "outputs.required in its pattern.yaml");
}

}  // namespace gitops
