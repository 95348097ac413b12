#include "engine/server/api_wish.h"

#include <array>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/redactor.h"
#include "engine/reconcile/source_specs.h"
#include "engine/server/api_problem.h"
#include "engine/server/json_body.h"

namespace gitops {
namespace {

constexpr std::size_t kLongestReason = 500;
constexpr std::size_t kLongestPath = 4096;

std::vector<JsonMember> MembersOf(ApiTarget target) {
  switch (target) {
    case ApiTarget::kReconcile:
      return {{"apps", JsonKind::kTexts},       {"source", JsonKind::kText},
              {"environment", JsonKind::kText}, {"dryRun", JsonKind::kBoolean},
              {"prune", JsonKind::kBoolean},    {"full", JsonKind::kBoolean},
              {"listAll", JsonKind::kBoolean}};
    case ApiTarget::kReconcileApp:
      return {{"dryRun", JsonKind::kBoolean}, {"prune", JsonKind::kBoolean}};
    case ApiTarget::kRollback:
      return {
          {"to", JsonKind::kWhole}, {"dryRun", JsonKind::kBoolean}, {"revert", JsonKind::kBoolean}};
    case ApiTarget::kDown:
      return {{"dryRun", JsonKind::kBoolean}};
    case ApiTarget::kUp:
      return {{"path", JsonKind::kText, true},
              {"environment", JsonKind::kText},
              {"dryRun", JsonKind::kBoolean}};
    case ApiTarget::kSuspend:
      return {{"reason", JsonKind::kText, true}};
    default:
      return {};
  }
}

/// What is wrong with the values; nullopt when nothing is.
std::optional<Problem> CheckValues(const JsonBody& body) {
  for (const char* name : {"source", "environment"}) {
    if (body.Has(name) && !IsValidName(body.Text(name))) {
      return BadValue(name, "a name has " + std::string(kNameRule));
    }
  }
  for (const std::string& app : body.Texts("apps")) {
    if (!IsValidName(app) && !ParseAppId(app)) {
      return BadValue("apps", "an app is name or environment/name, each " + std::string(kNameRule));
    }
  }
  if (body.Has("to") && (body.Whole("to") < 1 || body.Whole("to") > 1'000'000'000)) {
    return BadValue("to", "it is the number of a snapshot, from 1 on");
  }
  if (body.Has("path")) {
    const std::string path = body.Text("path");
    if (path.empty() || path.front() != '/' || path.size() > kLongestPath ||
        path.find('\0') != std::string::npos) {
      return BadValue("path", "it is an absolute path of this machine, of up to 4096 bytes");
    }
  }
  if (body.Has("reason")) {
    const std::string reason = body.Text("reason");
    if (reason.empty() || reason.size() > kLongestReason) {
      return BadValue("reason", "it has 1 to 500 bytes", "say why, for those who wonder later");
    }
  }
  return std::nullopt;
}

std::string TargetText(const ApiWish& wish) {
  if (wish.IsForApp()) return wish.app.ToString();
  if (wish.run > 0) return "run " + std::to_string(wish.run);
  if (!wish.up.path.empty()) return EscapeLine(wish.up.path);
  std::string text;
  for (const std::string& app : wish.reconcile.apps) text += (text.empty() ? "" : ", ") + app;
  if (!wish.reconcile.source.empty()) text += " source " + wish.reconcile.source;
  if (!wish.reconcile.environment.empty()) text += " environment " + wish.reconcile.environment;
  return text.empty() ? "everything" : text;
}

std::string SameText(const ApiWish& wish) {
  DigestBuilder digest;
  digest.Add(std::int64_t{static_cast<int>(wish.target)}).Add(wish.app.ToString());
  for (const std::string& app : wish.reconcile.apps) digest.Add(app);
  digest.Add(wish.up.path).Add(wish.reconcile.source).Add(wish.reconcile.environment);
  digest.Add(std::int64_t{wish.reconcile.dry_run}).Add(std::int64_t{wish.reconcile.prune});
  digest.Add(std::int64_t{wish.reconcile.full}).Add(std::int64_t{wish.reconcile.list_all});
  digest.Add(std::int64_t{wish.rollback.to.value_or(0)}).Add(std::int64_t{wish.rollback.dry_run});
  return digest.Add(std::int64_t{wish.rollback.revert}).Hex();
}

}  // namespace

AuditNote NoteOf(const HttpHead& head, const ApiMatch& match, const std::string& actor) {
  AuditNote note;
  note.actor = actor.empty() ? "nobody" : actor;
  note.address = head.client_address;
  if (match.endpoint != nullptr) note.action = match.endpoint->audit;
  if (!match.app.name.empty()) note.target = match.app.ToString();
  if (match.number > 0) note.target = "run " + std::to_string(match.number);
  note.request_id = head.request_id;
  return note;
}

bool IsOperation(ApiTarget target) {
  switch (target) {
    case ApiTarget::kReconcile:
    case ApiTarget::kReconcileApp:
    case ApiTarget::kRollback:
    case ApiTarget::kDown:
    case ApiTarget::kUp:
      return true;
    default:
      return false;
  }
}

std::variant<ApiWish, Problem> ReadWish(const std::string& text, const ApiMatch& match,
                                        const std::string& by) {
  const std::vector<JsonMember> members = MembersOf(match.endpoint->target);
  auto read = JsonBody::Read(text, members);
  if (auto* problem = std::get_if<Problem>(&read)) return std::move(*problem);
  const JsonBody& body = std::get<JsonBody>(read);
  if (auto problem = CheckValues(body)) return *std::move(problem);
  ApiWish wish;
  wish.target = match.endpoint->target;
  wish.app = match.app;
  wish.run = match.number;
  wish.by = by;
  wish.body = text;
  wish.reason = EscapeLine(body.Text("reason"));
  wish.reconcile.apps = body.Texts("apps");
  if (wish.IsForApp()) wish.reconcile.apps = {match.app.ToString()};
  wish.reconcile.source = body.Text("source");
  wish.reconcile.environment = body.Text("environment");
  wish.reconcile.dry_run = body.Boolean("dryRun");
  wish.reconcile.prune = body.Boolean("prune");
  wish.reconcile.full = body.Boolean("full");
  wish.reconcile.list_all = body.Boolean("listAll");
  wish.rollback.app = match.app.ToString();
  if (body.Has("to")) wish.rollback.to = static_cast<int>(body.Whole("to"));
  wish.rollback.dry_run = body.Boolean("dryRun");
  wish.rollback.revert = body.Boolean("revert");
  if (wish.target == ApiTarget::kUp) {
    wish.up = {body.Text("path"), wish.reconcile.environment, wish.reconcile.dry_run};
    // So much is known of the app before the directory is read.
    wish.reconcile.source = kUpSource;
    if (wish.up.environment.empty()) wish.reconcile.environment = "default";
  }
  return wish;
}

std::variant<ApiWish, Problem> ReadWish(const HttpRequest& request, const ApiMatch& match,
                                        const ApiCaller& caller) {
  auto read = ReadWish(request.body, match, caller.by());
  auto* wish = std::get_if<ApiWish>(&read);
  if (wish == nullptr) return read;
  // A command waits for what began after it: what was pushed before it is in its result.
  if (!caller.IsLoopback()) wish->same = SameText(*wish);
  wish->note = NoteOf(request.head, match, caller.name());
  wish->note.target = TargetText(*wish);
  return read;
}

}  // namespace gitops
