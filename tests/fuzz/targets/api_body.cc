// Bodies of API requests: what is accepted has the members that were asked for, of the kind that
// was asked for; what is refused says so in an answer of a known status.
#include <array>
#include <string>
#include <variant>

#include "engine/server/json_body.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/targets.h"

namespace gitops::fuzz {
namespace {

constexpr std::array<JsonMember, 4> kMembers = {{{"reason", JsonKind::kText, true},
                                                 {"to", JsonKind::kWhole},
                                                 {"force", JsonKind::kBoolean},
                                                 {"apps", JsonKind::kTexts}}};
constexpr std::size_t kMostTexts = 1000;

bool IsSame(const JsonBody& a, const JsonBody& b) {
  return a.Text("reason") == b.Text("reason") && a.Has("to") == b.Has("to") &&
         a.Whole("to") == b.Whole("to") && a.Boolean("force") == b.Boolean("force") &&
         a.Texts("apps") == b.Texts("apps");
}

void CheckAccepted(const JsonBody& body, std::string_view bytes) {
  Require(body.Has("reason"), "a required member is there");
  Require(body.Texts("apps").size() <= kMostTexts, "lists are bounded");
  const auto spaced = JsonBody::Read(std::string(bytes) + "\n\t ", kMembers);
  Require(std::holds_alternative<JsonBody>(spaced) && IsSame(std::get<JsonBody>(spaced), body),
          "space at the end changes nothing");
}

}  // namespace

void FuzzApiBody(std::string_view bytes) {
  const auto read = JsonBody::Read(bytes, kMembers);
  if (const auto* body = std::get_if<JsonBody>(&read)) {
    CheckAccepted(*body, bytes);
  } else {
    const Problem& problem = std::get<Problem>(read);
    Require(problem.status == 400 || problem.status == 422, "a bad body is the sender's fault");
    Require(!problem.title.empty() && !problem.detail.empty(), "a refusal says why");
  }
  // Without the required member, whatever is accepted must have come from the text alone.
  const auto loose = JsonBody::Read(bytes, std::span(kMembers).subspan(1));
  if (const auto* body = std::get_if<JsonBody>(&loose)) {
    Require(!body->Has("reason"), "a member that is not known is not taken");
  }
}

}  // namespace gitops::fuzz
