#include "engine/reconcile/config_sources.h"

#include <map>
#include <tuple>

#include "engine/model/file_tree.h"
#include "engine/reconcile/config_files.h"
#include "engine/reconcile/config_reporting.h"
#include "engine/reconcile/config_shape.h"
#include "engine/reconcile/source_specs.h"
#include "engine/yaml/scalars.h"
#include "sources/repository_key.h"
#include "sources/source_url.h"

namespace gitops {
namespace {

/// Reads one source; knows its key path.
class SourceReader {
 public:
  SourceReader(const YamlNode& node, std::size_t index, ConfigContext& context)
      : node_(node), path_("sources[" + std::to_string(index) + "]"), context_(context) {}

  SourceSpec Read() {
    SourceSpec spec;
    spec.name = TextOf(node_, "name");
    spec.location = context_.At(node_);
    ReadUrl(spec);
    ReadRef(spec);
    ReadPath(spec);
    if (const YamlNode* interval = node_.Find("interval")) {
      spec.interval = std::chrono::duration_cast<std::chrono::seconds>(*ReadDuration(*interval));
    }
    if (const YamlNode* timeout = node_.Find("timeout")) {
      spec.timeout = std::chrono::duration_cast<std::chrono::seconds>(*ReadDuration(*timeout));
    }
    if (node_.Find("environment") != nullptr) spec.environment = TextOf(node_, "environment");
    ReadAuth(spec);
    ReadWebhook(spec);
    ReadWebhookMatch(spec);
    if (const YamlNode* status = node_.Find("commitStatus"); status && status->IsMap()) {
      spec.commit_status = ReadCommitStatus(*status, Path("commitStatus"), context_);
    }
    return spec;
  }

 private:
  std::string Path(std::string_view key) const { return path_ + "." + std::string(key); }

  /// The error of a check that knows nothing of files, at this source's key.
  void Forward(const Error& error, std::string_view key) {
    for (Diagnostic diagnostic : error.diagnostics) {
      diagnostic.subject = Path(key);
      diagnostic.location = context_.At(*node_.Find(key));
      context_.diagnostics().push_back(std::move(diagnostic));
    }
  }

  void ReadUrl(SourceSpec& spec) {
    std::string text = TextOf(node_, "url");
    const bool relative =
        text == "." || text == ".." || text.substr(0, 2) == "./" || text.substr(0, 3) == "../";
    if (relative || text.substr(0, 2) == "~/") text = context_.Resolve(text);
    const Result<ParsedUrl> url = CheckSourceUrl(text);
    if (!url) return Forward(url.error(), "url");
    spec.url_kind = url->kind;
    spec.url = url->kind == UrlKind::kPath ? url->path : url->text;
    host_ = url->host;
    port_ = url->port;
  }

  void ReadRef(SourceSpec& spec) {
    struct Choice {
      std::string_view key;
      RefKind kind;
    };
    const YamlNode* first = nullptr;
    std::string_view first_key;
    for (const Choice choice : {Choice{"branch", RefKind::kBranch}, Choice{"tag", RefKind::kTag},
                                Choice{"commit", RefKind::kCommit}}) {
      const YamlNode* node = node_.Find(choice.key);
      if (node == nullptr) continue;
      if (first != nullptr) {
        context_.Error("two refs",
                       std::string(first_key) + " on line " + std::to_string(first->line) +
                           " and " + std::string(choice.key) + " on line " +
                           std::to_string(node->line) + " exclude each other",
                       Path(choice.key), *node, "keep one of branch, tag and commit");
        continue;
      }
      first = node;
      first_key = choice.key;
      spec.ref_kind = choice.kind;
      spec.ref = node->scalar;
      if (choice.kind == RefKind::kCommit) {
        if (!ObjectId::FromHex(spec.ref)) {
          context_.Error("not a commit", "a commit is named by its 40 lower-case hex digits",
                         Path("commit"), *node, "git rev-parse " + QuoteShort(spec.ref));
        }
      } else if (const Status status = CheckRefName(spec.ref); !status) {
        Forward(status.error(), choice.key);
      }
    }
  }

  void ReadPath(SourceSpec& spec) {
    const YamlNode* node = node_.Find("path");
    if (node == nullptr) return;
    std::string path = node->scalar;
    while (path.substr(0, 2) == "./") path.erase(0, 2);
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    if (path.empty() || path == ".") return;
    if (!IsSafeRelativePath(path)) {
      context_.Error("path leaves the repository",
                     QuoteShort(node->scalar) + " is no folder inside the repository", Path("path"),
                     *node, "write it from the repository's root, such as apps/production");
      return;
    }
    spec.path = path;
  }

  /// The path of a file that `key` names, checked for being there.
  std::string ReadFile(const YamlNode& auth, std::string_view key) {
    const YamlNode* node = auth.Find(key);
    if (node == nullptr) return "";
    const std::string subject = Path("auth." + std::string(key));
    const std::string path = context_.Resolve(node->scalar);
    CheckConfiguredFile(path, subject, *node, context_);
    return path;
  }

  void ReadAuth(SourceSpec& spec) {
    static const YamlNode kNothing;
    const YamlNode* found = node_.Find("auth");
    const YamlNode& auth = found == nullptr ? kNothing : *found;
    spec.auth.username = TextOf(auth, "username");
    spec.auth.ssh_key_file = ReadFile(auth, "sshKeyFile");
    spec.auth.known_hosts_file = ReadFile(auth, "knownHostsFile");
    spec.auth.ca_file = ReadFile(auth, "caFile");
    if (!spec.auth.ssh_key_file.empty()) {
      const YamlNode& key = *auth.Find("sshKeyFile");
      CheckPrivateFile(spec.auth.ssh_key_file, Path("auth.sshKeyFile"), key, context_);
      CheckKeyFile(spec.auth.ssh_key_file, Path("auth.sshKeyFile"), key, context_);
    }
    const YamlNode* token = auth.Find("token");
    const YamlNode* token_file = auth.Find("tokenFile");
    if (token != nullptr && token_file != nullptr) {
      context_.Error("two tokens",
                     "tokenFile on line " + std::to_string(token_file->line) +
                         " and token on line " + std::to_string(token->line) +
                         " exclude each other",
                     Path("auth.token"), *token, "keep one of them");
    } else if (token_file != nullptr) {
      spec.auth.token = SecretRef{ReadFile(auth, "tokenFile"), ""};
      CheckPrivateFile(spec.auth.token->file, Path("auth.tokenFile"), *token_file, context_);
    } else if (token != nullptr) {
      spec.auth.token = context_.ReadSecretRef(*token, Path("auth.token"), "auth.tokenFile");
      if (spec.auth.token) CheckSecretPlace(*spec.auth.token, Path("auth.token"), *token, context_);
    }
    CheckAuthFits(spec, auth);
  }

  void CheckAuthFits(const SourceSpec& spec, const YamlNode& auth) {
    if (spec.url.empty()) return;  // Its URL is wrong already.
    const bool ssh = spec.url_kind == UrlKind::kSsh;
    if (ssh && auth.Find("knownHostsFile") == nullptr) {
      const std::string port = port_ == 0 ? "" : "-p " + std::to_string(port_) + " ";
      context_.Error("host keys missing",
                     "without auth.knownHostsFile nothing says which key \"" + host_ +
                         "\" has; a host that is not known is never trusted",
                     Path("auth.knownHostsFile"), auth.line > 0 ? auth : node_,
                     "ssh-keyscan -t ed25519 " + port + host_ +
                         " > known_hosts, then compare ssh-keygen -lf known_hosts with the "
                         "fingerprint that the host's owner publishes");
    }
    if (ssh && auth.Find("sshKeyFile") == nullptr) {
      context_.Error("ssh key missing", "a source over ssh needs auth.sshKeyFile",
                     Path("auth.sshKeyFile"), auth.line > 0 ? auth : node_,
                     "ssh-keygen -t ed25519 -N '' -f deploy.key");
    }
    const auto unused = [&](std::string_view key, std::string_view why) {
      if (const YamlNode* node = auth.Find(key)) {
        context_.Warning("credential without effect", std::string(why),
                         Path("auth." + std::string(key)), *node);
      }
    };
    if (!ssh) {
      unused("sshKeyFile", "only sources over ssh use it");
      unused("knownHostsFile", "only sources over ssh use it");
    }
    const bool web = spec.url_kind == UrlKind::kHttps || spec.url_kind == UrlKind::kHttp;
    if (!web) {
      unused("tokenFile", "only sources over https use it");
      unused("token", "only sources over https use it");
      unused("caFile", "only sources over https use it");
    }
    if (spec.url_kind == UrlKind::kHttp && spec.auth.token) {
      context_.Warning("token over http", "anybody on the way can read the token", Path("url"),
                       *node_.Find("url"), "use https://");
    }
  }

  void ReadWebhook(SourceSpec& spec) {
    const YamlNode* webhook = node_.Find("webhook");
    if (webhook == nullptr || !webhook->IsMap()) return;
    WebhookSpec result;
    result.provider = TextOf(*webhook, "provider");
    const auto add = [&](const YamlNode& node, const std::string& subject) {
      const auto ref = context_.ReadSecretRef(node, subject, "webhook.secret.file");
      if (!ref) return;
      CheckWebhookSecret(*ref, spec.name, subject, node, context_);
      result.secrets.push_back(*ref);
    };
    const YamlNode* secret = webhook->Find("secret");
    const YamlNode* secrets = webhook->Find("secrets");
    if (secret != nullptr) add(*secret, Path("webhook.secret"));
    if (secrets != nullptr) {
      for (std::size_t i = 0; i < secrets->items.size(); ++i) {
        add(secrets->items[i], Path("webhook.secrets[" + std::to_string(i) + "]"));
      }
    }
    if (secret == nullptr && secrets == nullptr) {
      context_.Error("webhook secret missing",
                     "source \"" + spec.name + "\": without a secret anybody could send webhooks",
                     Path("webhook.secret"), *webhook,
                     "openssl rand -hex 32 > apps.secret, then set secret: {file: apps.secret}");
    }
    spec.webhook = std::move(result);
  }

  void ReadWebhookMatch(SourceSpec& spec) {
    const YamlNode* list = node_.Find("webhookMatch");
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const YamlNode& item = list->items[i];
      spec.webhook_match.push_back(item.scalar);
      if (RepositoryKeyOf(item.scalar, PathStyle::kPlain)) continue;
      context_.Error("not a repository URL",
                     QuoteShort(RedactUrl(item.scalar)) + " can match no webhook",
                     Path("webhookMatch[" + std::to_string(i) + "]"), item,
                     "write it as the server's page shows it, such as "
                     "https://git.example.org/acme/apps");
    }
    if (!spec.webhook) {
      context_.Warning("webhookMatch without effect", "the source has no webhook",
                       Path("webhookMatch"), *list);
    }
  }

  const YamlNode& node_;
  const std::string path_;
  ConfigContext& context_;
  std::string host_;
  int port_ = 0;
};

void CheckUnique(const std::vector<SourceSpec>& sources, const YamlNode& nodes,
                 ConfigContext& context) {
  std::map<std::string, std::size_t> by_name;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> by_place;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceSpec& source = sources[i];
    if (source.name.empty()) continue;
    const std::string subject = "sources[" + std::to_string(i) + "]";
    if (source.name == kUpSource) {
      context.Error("reserved source name",
                    "\"up\" is the source of the apps that `up PATH` brings", subject + ".name",
                    *nodes.items[i].Find("name"), "give it another name");
    }
    const auto [named, is_new_name] = by_name.try_emplace(source.name, i);
    if (!is_new_name) {
      context.Error("duplicate source name",
                    "\"" + source.name + "\" names the source on line " +
                        std::to_string(sources[named->second].location.line) +
                        " and the one on line " + std::to_string(source.location.line),
                    subject + ".name", *nodes.items[i].Find("name"), "give each its own name");
      continue;
    }
    if (source.url.empty()) continue;
    const auto [placed, is_new_place] =
        by_place.try_emplace({source.url, source.ref, source.path}, i);
    if (is_new_place) continue;
    const std::string& first = sources[placed->second].name;
    context.Warning(
        "two sources read the same place",
        "\"" + first + "\" and \"" + source.name + "\" have the same repository, ref and path",
        subject, nodes.items[i]);
  }
}

}  // namespace

std::vector<SourceSpec> ReadSources(const YamlNode& sources, ConfigContext& context) {
  const Shape shape = ReconcilerSourceShape();
  std::vector<SourceSpec> specs;
  specs.reserve(sources.items.size());
  for (std::size_t i = 0; i < sources.items.size(); ++i) {
    const YamlNode& node = sources.items[i];
    if (HasErrors(CheckShape(node, shape, ""))) {
      // What other checks look at is kept: one mistake must not be reported as two.
      specs.emplace_back();
      specs.back().name = TextOf(node, "name");
      specs.back().location = context.At(node);
      const std::string environment = TextOf(node, "environment");
      if (!environment.empty()) specs.back().environment = environment;
    } else {
      specs.push_back(SourceReader(node, i, context).Read());
    }
  }
  CheckUnique(specs, sources, context);
  return specs;
}

}  // namespace gitops
