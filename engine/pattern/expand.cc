#include "engine/pattern/expand.h"

#include <algorithm>
#include <utility>

#include "engine/base/suggest.h"
#include "engine/pattern/app_content.h"
#include "engine/pattern/app_steps.h"
#include "engine/pattern/phase_steps.h"
#include "engine/pattern/variables.h"

namespace gitops {
namespace {

Location PlaceOf(const Manifest& manifest, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = manifest.locations.find(key);
    if (found != manifest.locations.end()) return found->second;
  }
  return {};
}

class Expansion {
 public:
  explicit Expansion(const ExpandRequest& request) : request_(request) {}

  Result<DesiredState> Run() {
    CheckSupported();
    const PatternProvider* provider = ChooseProvider();
    ResolvedVariables variables =
        ResolveVariables(request_.pattern, request_.manifest, request_.variables);
    Append(std::move(variables.problems));
    ASSIGN_OR_RETURN(const AppContent content,
                     ReadAppContent(request_.manifest, request_.app_files, problems_));
    Append(request_.app_variables.missing);
    FillHead();
    if (provider == nullptr || HasErrors(problems_)) {
      return Error(ErrorKind::kInvalid, std::move(problems_));
    }
    state_.provider = provider->name;
    state_.steps = PhaseSteps(*provider, variables.values);
    std::vector<Step> app_steps =
        AppSteps({request_.app, request_.manifest, content, request_.pattern.hosts, state_.steps,
                  request_.app_variables, request_.digest_key});
    std::move(app_steps.begin(), app_steps.end(), std::back_inserter(state_.steps));
    state_.diagnostics = std::move(problems_);
    return std::move(state_);
  }

 private:
  void Append(Diagnostics diagnostics) {
    std::move(diagnostics.begin(), diagnostics.end(), std::back_inserter(problems_));
  }

  void CheckSupported() {
    const std::vector<std::string>& supported = request_.manifest.supported_patterns;
    const std::string& name = request_.pattern.name;
    if (supported.empty() ||
        std::find(supported.begin(), supported.end(), name) != supported.end()) {
      return;
    }
    Problem("pattern not supported by the app",
            "The app is to run with the pattern \"" + name +
                "\", which its patterns.supported does not list.",
            "patterns.supported", PlaceOf(request_.manifest, {"patterns", "pattern", "name"}),
            "add \"" + name + "\" to patterns.supported, or choose one that it lists");
  }

  const PatternProvider* ChooseProvider() {
    const auto& providers = request_.pattern.providers;
    const auto found = providers.find(request_.provider);
    if (found != providers.end()) return &found->second;
    if (request_.provider.empty() && providers.size() == 1) return &providers.begin()->second;
    std::vector<std::string> names;
    for (const auto& [name, provider] : providers) names.push_back(name);
    const std::string hint = SuggestName(request_.provider, names);
    Problem("provider not offered by the pattern",
            request_.provider.empty()
                ? "The pattern \"" + request_.pattern.name +
                      "\" offers several providers, and neither manifest nor environment names one."
                : "The pattern \"" + request_.pattern.name + "\" does not offer the provider \"" +
                      request_.provider + "\".",
            "provider", PlaceOf(request_.manifest, {"provider", "pattern", "patterns", "name"}),
            (hint.empty() ? "" : hint + "; ") +
                "write `provider: NAME` in the manifest or in the environment");
    return nullptr;
  }

  void FillHead() {
    state_.app = request_.app;
    state_.revision = request_.revision;
    state_.app_version = request_.manifest.version;
    state_.pattern = request_.pattern.name;
    state_.pattern_version = request_.pattern.version;
    state_.app_tree = request_.app_files.Id();
    state_.pattern_tree = request_.pattern_files.Id();
    for (const std::string& name : request_.manifest.depends_on) AddDependency(name);
    std::sort(state_.depends_on.begin(), state_.depends_on.end());
    state_.depends_on.erase(std::unique(state_.depends_on.begin(), state_.depends_on.end()),
                            state_.depends_on.end());
  }

  /// "name" is an app of the same environment, "environment/name" any.
  void AddDependency(const std::string& text) {
    const bool full = text.find('/') != std::string::npos;
    const Location place = PlaceOf(request_.manifest, {"depends_on"});
    const Result<AppId> id = ParseAppId(full ? text : request_.app.environment + "/" + text);
    if (!id) {
      Problem("invalid name in depends_on", "\"" + text + "\" is no name of an app.", "depends_on",
              place, "write \"name\" or \"environment/name\"");
    } else if (*id == request_.app) {
      Problem("app depends on itself", "depends_on names \"" + text + "\", the app itself.",
              "depends_on", place, "take it out of depends_on");
    } else {
      state_.depends_on.push_back(*id);
    }
  }

  void Problem(std::string summary, std::string detail, std::string subject, Location place,
               std::string hint) {
    problems_.push_back({Severity::kError, std::move(summary), std::move(detail),
                         std::move(subject), std::move(place), std::move(hint)});
  }

  const ExpandRequest& request_;
  DesiredState state_;
  Diagnostics problems_;
};

}  // namespace

Result<DesiredState> Expand(const ExpandRequest& request) { return Expansion(request).Run(); }

}  // namespace gitops
