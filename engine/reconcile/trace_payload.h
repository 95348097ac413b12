// Spans as an OTLP/HTTP collector takes them: the JSON form of ExportTraceServiceRequest.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp ·
// https://github.com/open-telemetry/opentelemetry-proto (trace.proto, JSON mapping with hex ids)
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/model/trace.h"

namespace gitops {

/// `instance`: what tells this engine from others, such as its host's name.
std::string OtlpTraces(const std::vector<Span>& spans, std::string_view version,
                       std::string_view instance);

}  // namespace gitops
