// Codec: versioned JSON for the values that are stored or shown. Encoders are deterministic: the
// same value gives the same bytes (sorted keys, no time, no random). Decoders check everything;
// what they do not understand is kCorruption. nlohmann-json is seen by codec.cc only. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/base/error.h"
#include "engine/base/result.h"
#include "engine/model/plan.h"
#include "engine/model/step.h"

namespace gitops {

/// One line of JSON each.
std::string EncodePlan(const Plan& plan);
Result<Plan> DecodePlan(std::string_view json);

std::string EncodeStep(const Step& step);
Result<Step> DecodeStep(std::string_view json);

std::string EncodeOutputs(const Outputs& outputs);
Result<Outputs> DecodeOutputs(std::string_view json);

std::string EncodeDiagnostics(const Diagnostics& diagnostics);
Result<Diagnostics> DecodeDiagnostics(std::string_view json);

std::string EncodeError(const Error& error);
/// Result<Error> could not tell its two cases apart, so the decoded error comes back by reference.
Status DecodeError(std::string_view json, Error& error);

std::string EncodeStrings(const std::vector<std::string>& strings);
Result<std::vector<std::string>> DecodeStrings(std::string_view json);

/// SHA-256 of EncodePlan: what an approval or an audit line names.
std::string PlanDigest(const Plan& plan);

}  // namespace gitops
