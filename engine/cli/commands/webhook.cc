// The command `webhook`: what to enter at the provider, and whether it would work.
#include "engine/base/check.h"
#include "engine/base/suggest.h"
#include "engine/cli/commands/command.h"

namespace gitops {
namespace {

/// What a person does at a provider.
struct ProviderGuide {
  std::string_view provider;
  std::string_view where;
  std::string_view events;
  std::string_view secret_field;
};

constexpr ProviderGuide kGuides[] = {
    {"github", "Settings > Webhooks > Add webhook", "Just the push event", "Secret"},
    {"gitlab", "Settings > Webhooks > Add new webhook", "Push events, Tag push events",
     "Secret token"},
    {"gitea", "Settings > Webhooks > Add Webhook > Gitea", "Push Events", "Secret"},
    {"forgejo", "Settings > Webhooks > Add webhook > Forgejo", "Push events", "Secret"},
    {"gogs", "Settings > Webhooks > Add a new webhook > Gogs", "Just the push event", "Secret"},
    {"bitbucket", "Repository settings > Webhooks > Add webhook", "Repository push", "Secret"},
    {"bitbucket-server", "Repository settings > Webhooks > Create webhook", "Repository: Push",
     "Secret"},
    {"generic", "a hook or a job of your own", "X-Tfgrid-Compose-Event: push",
     "key of HMAC-SHA-256 over the body, sent as X-Tfgrid-Compose-Signature: sha256=HEX"},
};

const ProviderGuide& GuideOf(const std::string& provider) {
  for (const ProviderGuide& guide : kGuides) {
    if (guide.provider == provider) return guide;
  }
  CHECK(false);
}

/// The source of that name, which has a webhook.
Result<const SourceSpec*> FindSource(const Config& config, const std::string& name) {
  std::vector<std::string> names;
  for (const SourceSpec& source : config.sources) {
    names.push_back(source.name);
    if (source.name != name) continue;
    if (source.webhook && !source.webhook->secrets.empty()) return &source;
    return MakeError(ErrorKind::kNotFound, "source has no webhook",
                     "\"" + name + "\" has no webhook with a secret in " + config.file,
                     "openssl rand -hex 32 > " + name +
                         ".secret, then add webhook: {provider: github, secret: {file: " + name +
                         ".secret}} to it");
  }
  const auto nearest = NearestName(name, names);
  return MakeError(ErrorKind::kNotFound, "no such source", "\"" + name + "\" is not configured",
                   nearest ? "did you mean \"" + *nearest + "\"?" : "");
}

std::string BaseUrl(const ServerSpec& server) {
  if (!server.public_url.empty()) {
    return server.public_url.ends_with('/')
               ? server.public_url.substr(0, server.public_url.size() - 1)
               : server.public_url;
  }
  return (server.tls ? "https://" : "http://") + server.listen;
}

std::string PlaceOf(const SecretRef& ref) {
  return ref.file.empty() ? "the value of the variable " + ref.variable : "the text in " + ref.file;
}

int ShowUrl(Invocation& invocation, const Config& config, const SourceSpec& source) {
  const ProviderGuide& guide = GuideOf(source.webhook->provider);
  const SecretRef& secret = source.webhook->secrets.back();
  const std::string url =
      BaseUrl(config.server) + "/hooks/" + source.webhook->provider + "/" + source.name;
  Screen& screen = invocation.screen;
  if (!screen.IsText()) {
    screen.Document([&](DocumentWriter& writer) {
      writer.Key("webhook");
      writer.BeginObject();
      writer.Member("source", source.name);
      writer.Member("provider", source.webhook->provider);
      writer.Member("url", url);
      writer.Member("contentType", "application/json");
      writer.Member("events", guide.events);
      writer.TextOrNull("secretFile", secret.file);
      writer.TextOrNull("secretVariable", secret.variable);
      writer.EndObject();
    });
    return kExitDone;
  }
  screen.Text("Where         " + std::string(guide.where) + "\n" +  //
              "URL           " + url + "\n" +                       //
              "Content type  application/json\n" +                  //
              "Secret        " + PlaceOf(secret) + " (" + std::string(guide.secret_field) + ")\n" +
              "Events        " + std::string(guide.events) + "\n");
  if (config.server.public_url.empty()) {
    screen.Say(
        "The URL is where the daemon listens. If the provider reaches it by another one, set "
        "server.publicUrl.");
  }
  return kExitDone;
}

/// What a status of the route means for the one who asked.
Status Judge(const WebhookAnswer& answer, const std::string& source) {
  const std::string status = answer.url + " answered " + std::to_string(answer.status);
  if (answer.status >= 200 && answer.status < 300) return {};
  switch (answer.status) {
    case 401:
      return MakeError(ErrorKind::kInvalid, "the daemon does not know the secret", status,
                       "it reads secrets when it starts and reloads: kill -HUP its process");
    case 404:
      return MakeError(ErrorKind::kNotFound, "the daemon does not serve this webhook", status,
                       "its log says why; after a change of \"" + source +
                           "\" in the configuration: kill -HUP its process");
    case 429:
      return MakeError(ErrorKind::kConflict, "too many failed webhooks", status,
                       "wait a minute, then try again");
    case 503:
      return MakeError(ErrorKind::kTransient, "the daemon cannot record webhooks", status,
                       "tfgrid-compose doctor");
    default:
      return MakeError(ErrorKind::kInvalid, "the webhook does not work", status,
                       "is it tfgrid-compose that listens there?");
  }
}

Result<int> TestRoute(Invocation& invocation, const SourceSpec& source) {
  ASSIGN_OR_RETURN(const WebhookAnswer answer, invocation.services.ProbeWebhook(source));
  RETURN_IF_ERROR(Judge(answer, source.name));
  Screen& screen = invocation.screen;
  if (screen.IsText()) {
    screen.Text("A signed ping to " + answer.url + " was answered with " +
                std::to_string(answer.status) + ": the webhook works from this machine.\n");
    return kExitDone;
  }
  screen.Document([&](DocumentWriter& writer) {
    writer.Key("test");
    writer.BeginObject();
    writer.Member("source", source.name);
    writer.Member("url", answer.url);
    writer.Member("status", std::int64_t{answer.status});
    writer.EndObject();
  });
  return kExitDone;
}

}  // namespace

Result<int> RunWebhook(Invocation& invocation) {
  ASSIGN_OR_RETURN(const Config* config, invocation.services.GetConfig());
  ASSIGN_OR_RETURN(const SourceSpec* source,
                   FindSource(*config, invocation.arguments.positionals.at(1)));
  if (invocation.arguments.First() == "url") return ShowUrl(invocation, *config, *source);
  return TestRoute(invocation, *source);
}

}  // namespace gitops
