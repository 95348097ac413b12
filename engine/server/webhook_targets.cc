#include "engine/server/webhook_targets.h"

#include <utility>

#include "engine/reconcile/config_shape.h"

namespace gitops {
namespace {

Diagnostic NoRoute(const SourceSpec& source, const std::string& why) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kWarning;
  diagnostic.summary = "webhook switched off";
  diagnostic.detail = "source \"" + source.name + "\": " + why + "; its webhook answers 404";
  diagnostic.subject = source.name;
  diagnostic.location = source.location;
  diagnostic.hint = "openssl rand -hex 32 > apps.secret, then set webhook.secret: {file: …}";
  return diagnostic;
}

/// The secrets of a source that are long enough, as far as they can be read.
std::vector<Secret> ReadSecrets(const SourceSpec& source, SecretReader& reader,
                                Diagnostics& problems) {
  std::vector<Secret> secrets;
  for (const SecretRef& ref : source.webhook->secrets) {
    auto secret = reader.Read(ref);
    if (!secret) {
      Diagnostic diagnostic = NoRoute(source, secret.error().ToString());
      diagnostic.summary = "webhook secret cannot be read";
      problems.push_back(std::move(diagnostic));
    } else if (secret->Reveal().size() < kWebhookSecretBytes) {
      Diagnostic diagnostic = NoRoute(source, "a secret is too short");
      diagnostic.summary = "webhook secret too short";
      problems.push_back(std::move(diagnostic));
    } else {
      secrets.push_back(*std::move(secret));
    }
  }
  return secrets;
}

}  // namespace

WebhookTargets MakeWebhookTargets(const Config& config, SecretReader& secrets,
                                  const Secret& comparison_key) {
  WebhookTargets targets;
  for (const SourceSpec& source : config.sources) {
    if (!source.webhook) continue;
    const auto provider = WebhookProviderFrom(source.webhook->provider);
    if (!provider) {
      targets.problems.push_back(NoRoute(source, "it names no provider"));
      continue;
    }
    WebhookTarget target;
    target.source = source;
    target.provider = *provider;
    target.keys = {.secrets = ReadSecrets(source, secrets, targets.problems),
                   .comparison_key = comparison_key};
    if (target.keys.secrets.empty()) {
      targets.problems.push_back(NoRoute(source, "it has no usable secret"));
      continue;
    }
    targets.by_path.emplace(std::string(ToString(*provider)) + "/" + source.name,
                            std::make_shared<const WebhookTarget>(std::move(target)));
  }
  return targets;
}

std::string WebhookPath(WebhookProvider provider, const std::string& source) {
  return "/hooks/" + std::string(ToString(provider)) + "/" + source;
}

}  // namespace gitops
