// Outputs: folds what an infrastructure step gives into one shape. Both generations of the output
// contract (patterns/PATTERN_CONTRACT.md) are read; later steps see the new one only. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/step.h"
#include "engine/pattern/pattern.h"

namespace gitops {

/// The outputs every infrastructure step has after folding; "" when there is no such address.
inline constexpr std::string_view kPrimaryIp = "primary_ip";
inline constexpr std::string_view kPrimaryIpType = "primary_ip_type";
inline constexpr std::string_view kIpv4Address = "ipv4_address";
inline constexpr std::string_view kIpv6Address = "ipv6_address";
inline constexpr std::string_view kWireguardAddress = "wireguard_address";
inline constexpr std::string_view kMyceliumAddress = "mycelium_address";

/// Normalises the outputs of an infrastructure step:
/// - `wireguard_ip` and `mycelium_ip` become `wireguard_address` and `mycelium_address`;
/// - a suffix "/nn" is cut, "null" and blanks mean "none";
/// - `primary_ip` fills the address of its type ("public" is ipv4 or ipv6, by its form; "local" is
///   this machine and fills none); without one, the first address there is in the order of
///   `prefer`, then ipv4, mycelium, wireguard, ipv6, becomes primary;
/// - all other outputs stay as they are.
/// Errors: kInvalid, with every problem: no address at all, text that is no address, an unknown
/// type.
Result<Outputs> FoldOutputs(const Outputs& outputs, const std::vector<std::string>& prefer = {});

/// Checks that every output the pattern requires is there and not empty, in raw or folded form.
/// Errors: kInvalid, naming all that are missing.
Status CheckRequiredOutputs(const Pattern& pattern, const Outputs& outputs);

}  // namespace gitops
