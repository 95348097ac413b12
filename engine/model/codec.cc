#include "engine/model/codec.h"

#include <nlohmann/json.hpp>

#include <utility>

#include "engine/base/digest.h"

namespace gitops {
namespace {

using Json = nlohmann::json;  // std::map underneath: keys come out sorted.

constexpr int kPlanFormat = 1;

// --- Encoding -----------------------------------------------------------------------------------

Json ToJson(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json ToJson(const Input& input) {
  return {{"name", input.name},
          {"digest", input.digest},
          {"shown", input.shown},
          {"secret", input.secret}};
}

Json ToJson(const OutputRef& ref) {
  return {{"step", ref.step.ToString()}, {"output", ref.output}};
}

Json ToJson(const HealthProbe& probe) {
  return {{"kind", static_cast<int>(probe.kind)},
          {"target", probe.target},
          {"expectedStatus", probe.expected_status},
          {"intervalMs", probe.interval.count()},
          {"timeoutMs", probe.timeout.count()},
          {"retries", probe.retries},
          {"successes", probe.successes}};
}

Json ToJson(const Change& change);
Json ToJson(const Action& action);
Json ToJson(const Diagnostic& diagnostic);

template <typename T>
Json ListToJson(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(ToJson(item));
  return list;
}

Json ToJson(const Step& step) {
  Json after = Json::array();
  for (const StepAddress& address : step.after) after.push_back(address.ToString());
  return {{"address", step.address.ToString()},
          {"driver", step.driver},
          {"nature", step.nature == StepNature::kHook ? "hook" : "resource"},
          {"inputs", ListToJson(step.inputs)},
          {"consumes", ListToJson(step.consumes)},
          {"after", std::move(after)},
          {"afterAny", step.after_any},
          {"optional", step.optional},
          {"parameters", step.parameters},
          {"probes", ListToJson(step.probes)}};
}

Json ToJson(const Change& change) {
  return {{"path", change.path}, {"from", ToJson(change.from)}, {"to", ToJson(change.to)}};
}

Json ToJson(const Action& action) {
  return {{"kind", ToString(action.kind)},
          {"step", ToJson(action.step)},
          {"reason", {{"code", ToString(action.reason.code)}, {"text", action.reason.text}}},
          {"changes", ListToJson(action.changes)},
          {"guard", ListToJson(action.guard)},
          {"guardAny", action.guard_any}};
}

Json ToJson(const Diagnostic& diagnostic) {
  static constexpr const char* kSeverities[] = {"error", "warning", "note"};
  return {{"severity", kSeverities[static_cast<int>(diagnostic.severity)]},
          {"summary", diagnostic.summary},
          {"detail", diagnostic.detail},
          {"subject", diagnostic.subject},
          {"file", diagnostic.location.file},
          {"line", diagnostic.location.line},
          {"column", diagnostic.location.column},
          {"hint", diagnostic.hint}};
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// --- Decoding -----------------------------------------------------------------------------------
// Stored JSON is ours, so a shape we do not know is corruption. nlohmann reports it by exceptions,
// which stop in Decode() below.

struct Malformed {
  std::string what;
};

template <typename T>
T Required(std::optional<T> value, const char* what) {
  if (!value) throw Malformed{what};
  return *std::move(value);
}

StepAddress AddressFrom(const Json& json) {
  return Required(ParseStepAddress(json.get<std::string>()), "step address");
}

ObjectId IdFrom(const Json& json) {
  return Required(ObjectId::FromHex(json.get<std::string>()), "object id");
}

StepNature NatureFrom(const std::string& name) {
  if (name == "hook") return StepNature::kHook;
  if (name == "resource") return StepNature::kResource;
  throw Malformed{"step nature"};
}

Severity SeverityFrom(const std::string& name) {
  if (name == "error") return Severity::kError;
  if (name == "warning") return Severity::kWarning;
  if (name == "note") return Severity::kNote;
  throw Malformed{"severity"};
}

/// What a parser of texts by users says of stored data: it cannot be the data we stored.
template <typename T>
T Stored(Result<T> value, const char* what) {
  if (!value) throw Malformed{what};
  return *std::move(value);
}

/// A whole number that fits: get<T>() would convert fractions and what is too large, which is
/// undefined for floating point.
template <typename T>
T IntegerFrom(const Json& json) {
  if (json.is_number_unsigned()) {
    const auto number = json.get<std::uint64_t>();
    if (std::in_range<T>(number)) return static_cast<T>(number);
  } else if (json.is_number_integer()) {
    const auto number = json.get<std::int64_t>();
    if (std::in_range<T>(number)) return static_cast<T>(number);
  }
  throw Malformed{"whole number"};
}

void FromJson(const Json& json, Input& input) {
  input.name = json.at("name").get<std::string>();
  input.digest = json.at("digest").get<std::string>();
  input.shown = json.at("shown").get<std::string>();
  input.secret = json.at("secret").get<bool>();
}

void FromJson(const Json& json, OutputRef& ref) {
  ref.step = AddressFrom(json.at("step"));
  ref.output = json.at("output").get<std::string>();
}

void FromJson(const Json& json, HealthProbe& probe) {
  const int kind = IntegerFrom<int>(json.at("kind"));
  if (kind < 0 || kind > static_cast<int>(ProbeKind::kCommand)) throw Malformed{"probe kind"};
  probe.kind = static_cast<ProbeKind>(kind);
  probe.target = json.at("target").get<std::string>();
  probe.expected_status = IntegerFrom<int>(json.at("expectedStatus"));
  probe.interval = std::chrono::milliseconds(IntegerFrom<std::int64_t>(json.at("intervalMs")));
  probe.timeout = std::chrono::milliseconds(IntegerFrom<std::int64_t>(json.at("timeoutMs")));
  probe.retries = IntegerFrom<int>(json.at("retries"));
  probe.successes = IntegerFrom<int>(json.at("successes"));
}

void FromJson(const Json& json, Change& change) {
  change.path = json.at("path").get<std::string>();
  if (!json.at("from").is_null()) change.from = json.at("from").get<std::string>();
  if (!json.at("to").is_null()) change.to = json.at("to").get<std::string>();
}

void FromJson(const Json& json, Step& step);
void FromJson(const Json& json, Action& action);
void FromJson(const Json& json, Diagnostic& diagnostic);

template <typename T>
std::vector<T> ListFrom(const Json& json) {
  if (!json.is_array()) throw Malformed{"list"};
  std::vector<T> items;
  for (const Json& item : json) FromJson(item, items.emplace_back());
  return items;
}

void FromJson(const Json& json, Step& step) {
  step.address = AddressFrom(json.at("address"));
  step.driver = json.at("driver").get<std::string>();
  step.nature = NatureFrom(json.at("nature").get<std::string>());
  step.inputs = ListFrom<Input>(json.at("inputs"));
  step.consumes = ListFrom<OutputRef>(json.at("consumes"));
  for (const Json& address : json.at("after")) step.after.push_back(AddressFrom(address));
  step.after_any = json.at("afterAny").get<bool>();
  step.optional = json.at("optional").get<bool>();
  step.parameters = json.at("parameters").get<std::map<std::string, std::string>>();
  step.probes = ListFrom<HealthProbe>(json.at("probes"));
}

void FromJson(const Json& json, Action& action) {
  action.kind = Required(ParseActionKind(json.at("kind").get<std::string>()), "action kind");
  FromJson(json.at("step"), action.step);
  const Json& reason = json.at("reason");
  action.reason.code = Required(ParseReasonCode(reason.at("code").get<std::string>()), "reason");
  action.reason.text = reason.at("text").get<std::string>();
  action.changes = ListFrom<Change>(json.at("changes"));
  action.guard = ListFrom<OutputRef>(json.at("guard"));
  action.guard_any = json.at("guardAny").get<bool>();
}

void FromJson(const Json& json, Diagnostic& diagnostic) {
  diagnostic.severity = SeverityFrom(json.at("severity").get<std::string>());
  diagnostic.summary = json.at("summary").get<std::string>();
  diagnostic.detail = json.at("detail").get<std::string>();
  diagnostic.subject = json.at("subject").get<std::string>();
  diagnostic.location.file = json.at("file").get<std::string>();
  diagnostic.location.line = IntegerFrom<int>(json.at("line"));
  diagnostic.location.column = IntegerFrom<int>(json.at("column"));
  diagnostic.hint = json.at("hint").get<std::string>();
}

ErrorKind ErrorKindFrom(const std::string& name) {
  for (const ErrorKind kind :
       {ErrorKind::kInvalid, ErrorKind::kNotFound, ErrorKind::kConflict, ErrorKind::kTransient,
        ErrorKind::kUnknownOutcome, ErrorKind::kCancelled, ErrorKind::kCorruption}) {
    if (ToString(kind) == name) return kind;
  }
  throw Malformed{"error kind"};
}

Error Corrupt(std::string_view what, std::string_view why) {
  return MakeError(ErrorKind::kCorruption, "stored data cannot be read",
                   std::string(what) + ": " + std::string(why),
                   "restore a backup: tfgrid-compose restore FILE");
}

/// Runs `read` on the parsed text and turns every way of being malformed into an Error.
template <typename T, typename Read>
Result<T> Decode(std::string_view json, std::string_view what, Read read) {
  try {
    return read(Json::parse(json));
  } catch (const Json::exception& exception) {
    return Corrupt(what, exception.what());
  } catch (const Malformed& malformed) {
    return Corrupt(what, "unknown " + malformed.what);
  }
}

}  // namespace

std::string EncodePlan(const Plan& plan) {
  return Dump({{"format", kPlanFormat},
               {"app", plan.app.ToString()},
               {"kind", ToString(plan.kind)},
               {"revision", plan.revision.ToString()},
               {"recordedSerial", plan.recorded_serial},
               {"desiredDigest", plan.desired_digest},
               {"appVersion", plan.app_version},
               {"pattern", plan.pattern},
               {"provider", plan.provider},
               {"appTree", plan.app_tree.Hex()},
               {"patternTree", plan.pattern_tree.Hex()},
               {"toSnapshot", plan.to_snapshot},
               {"actions", ListToJson(plan.actions)}});
}

Result<Plan> DecodePlan(std::string_view json) {
  return Decode<Plan>(json, "plan", [](const Json& root) -> Result<Plan> {
    if (IntegerFrom<int>(root.at("format")) != kPlanFormat) throw Malformed{"plan format"};
    Plan plan;
    plan.app = Stored(ParseAppId(root.at("app").get<std::string>()), "app");
    plan.kind = Required(ParsePlanKind(root.at("kind").get<std::string>()), "plan kind");
    if (const auto revision = root.at("revision").get<std::string>(); !revision.empty()) {
      plan.revision = Stored(ParseRevision(revision), "revision");
    }
    plan.recorded_serial = IntegerFrom<std::uint64_t>(root.at("recordedSerial"));
    plan.desired_digest = root.at("desiredDigest").get<std::string>();
    plan.app_version = root.at("appVersion").get<std::string>();
    plan.pattern = root.at("pattern").get<std::string>();
    plan.provider = root.at("provider").get<std::string>();
    plan.app_tree = IdFrom(root.at("appTree"));
    plan.pattern_tree = IdFrom(root.at("patternTree"));
    plan.to_snapshot = IntegerFrom<int>(root.at("toSnapshot"));
    plan.actions = ListFrom<Action>(root.at("actions"));
    return plan;
  });
}

std::string EncodeStep(const Step& step) { return Dump(ToJson(step)); }

Result<Step> DecodeStep(std::string_view json) {
  return Decode<Step>(json, "step", [](const Json& root) -> Result<Step> {
    Step step;
    FromJson(root, step);
    return step;
  });
}

std::string EncodeOutputs(const Outputs& outputs) { return Dump(Json(outputs)); }

Result<Outputs> DecodeOutputs(std::string_view json) {
  return Decode<Outputs>(json, "outputs",
                         [](const Json& root) -> Result<Outputs> { return root.get<Outputs>(); });
}

std::string EncodeDiagnostics(const Diagnostics& diagnostics) {
  return Dump(ListToJson(diagnostics));
}

Result<Diagnostics> DecodeDiagnostics(std::string_view json) {
  return Decode<Diagnostics>(json, "diagnostics", [](const Json& root) -> Result<Diagnostics> {
    return ListFrom<Diagnostic>(root);
  });
}

std::string EncodeError(const Error& error) {
  return Dump({{"kind", ToString(error.kind)}, {"diagnostics", ListToJson(error.diagnostics)}});
}

Status DecodeError(std::string_view json, Error& error) {
  ErrorKind kind = ErrorKind::kInvalid;
  ASSIGN_OR_RETURN(
      auto diagnostics,
      Decode<Diagnostics>(json, "error", [&kind](const Json& root) -> Result<Diagnostics> {
        kind = ErrorKindFrom(root.at("kind").get<std::string>());
        auto list = ListFrom<Diagnostic>(root.at("diagnostics"));
        if (list.empty()) throw Malformed{"error without a diagnostic"};
        return list;
      }));
  error = Error(kind, std::move(diagnostics));
  return {};
}

std::string EncodeStrings(const std::vector<std::string>& strings) { return Dump(Json(strings)); }

Result<std::vector<std::string>> DecodeStrings(std::string_view json) {
  return Decode<std::vector<std::string>>(json, "list of texts",
                                          [](const Json& root) -> Result<std::vector<std::string>> {
                                            return root.get<std::vector<std::string>>();
                                          });
}

std::string PlanDigest(const Plan& plan) { return Sha256Hex(EncodePlan(plan)); }

}  // namespace gitops
