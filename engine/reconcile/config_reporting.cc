#include "engine/reconcile/config_reporting.h"

#include <map>
#include <utility>

#include "engine/reconcile/config_files.h"
#include "engine/reconcile/config_shape.h"

namespace gitops {
namespace {

constexpr const char* kPagerDutyUrl = "https://events.pagerduty.com/v2/enqueue";

NotificationType TypeOf(const std::string& text) {
  if (text == "slack") return NotificationType::kSlack;
  if (text == "pagerduty") return NotificationType::kPagerDuty;
  if (text == "email") return NotificationType::kEmail;
  return NotificationType::kWebhook;
}

std::vector<std::string> TextsOf(const YamlNode& node, std::string_view key) {
  std::vector<std::string> texts;
  if (const YamlNode* list = node.Find(key)) {
    for (const YamlNode& item : list->items) texts.push_back(item.scalar);
  }
  return texts;
}

/// Reads one target; knows its key path.
class TargetReader {
 public:
  TargetReader(const YamlNode& node, std::string path, ConfigContext& context)
      : node_(node), path_(std::move(path)), context_(context) {}

  NotificationTarget Read() {
    target_.name = TextOf(node_, "name");
    target_.type = TypeOf(TextOf(node_, "type"));
    ReadUrl();
    if (const YamlNode* secret = node_.Find("secret")) {
      target_.secret = ReadSecret(*secret, "secret");
    }
    target_.user = TextOf(node_, "user");
    target_.from = TextOf(node_, "from");
    target_.to = TextsOf(node_, "to");
    for (const std::string& word : TextsOf(node_, "on")) {
      target_.on.push_back(*ParseNotificationKind(word));
    }
    if (target_.on.empty()) {
      target_.on = {NotificationKind::kFailed, NotificationKind::kRolledBack,
                    NotificationKind::kRecovered, NotificationKind::kSourceFailed,
                    NotificationKind::kSourceRecovered};
    }
    target_.environments = TextsOf(node_, "environments");
    target_.apps = TextsOf(node_, "apps");
    CheckComplete();
    return std::move(target_);
  }

 private:
  std::optional<SecretRef> ReadSecret(const YamlNode& node, const std::string& key) {
    const std::string path = path_ + "." + key;
    auto ref = context_.ReadSecretRef(node, path, path + ".file");
    if (ref) CheckSecretPlace(*ref, path, node, context_);
    return ref;
  }

  void ReadUrl() {
    const YamlNode* url = node_.Find("url");
    if (url == nullptr) {
      if (target_.type == NotificationType::kPagerDuty) target_.url = kPagerDutyUrl;
      return;
    }
    if (url->IsMap()) {
      if (auto ref = ReadSecret(*url, "url")) target_.url = *std::move(ref);
      return;
    }
    const bool mail = url->scalar.rfind("smtp", 0) == 0;
    if (mail != (target_.type == NotificationType::kEmail)) {
      context_.Error("address of another kind",
                     "mail goes to smtp:// or smtps://, everything else to https://",
                     path_ + ".url", *url);
    }
    target_.url = url->scalar;
  }

  void Need(bool there, const std::string& key, const std::string& why) {
    if (!there) {
      context_.Error("notification is incomplete", why, path_ + "." + key, node_,
                     "add " + key + ": …");
    }
  }

  void CheckComplete() {
    const bool has_url = node_.Find("url") != nullptr;
    switch (target_.type) {
      case NotificationType::kWebhook:
        Need(has_url, "url", "nothing says where it goes");
        if (!target_.secret) {
          context_.Warning("webhook without a signature",
                           "its receiver cannot tell whether the engine sent it", path_ + ".secret",
                           node_, "openssl rand -hex 32 > hook.secret");
        }
        break;
      case NotificationType::kSlack:
        Need(has_url, "url", "nothing says where it goes");
        break;
      case NotificationType::kPagerDuty:
        Need(node_.Find("secret") != nullptr, "secret", "PagerDuty wants a routing key");
        break;
      case NotificationType::kEmail:
        Need(has_url, "url", "nothing says which server sends it");
        Need(!target_.from.empty(), "from", "a mail has a sender");
        Need(!target_.to.empty(), "to", "a mail has receivers");
        break;
    }
  }

  const YamlNode& node_;
  const std::string path_;
  ConfigContext& context_;
  NotificationTarget target_;
};

}  // namespace

LogSpec ReadLogSpec(const YamlNode& node) {
  LogSpec spec;
  if (HasErrors(CheckShape(node, ReconcilerLogShape(), ""))) return spec;
  if (node.Find("format") != nullptr) spec.format = TextOf(node, "format");
  spec.level = TextOf(node, "level");
  return spec;
}

OtlpSpec ReadTelemetry(const YamlNode& node, ConfigContext& context) {
  OtlpSpec spec;
  if (HasErrors(CheckShape(node, ReconcilerTelemetryShape(), ""))) return spec;
  const YamlNode* otlp = node.Find("otlp");
  if (otlp == nullptr) return spec;
  spec.endpoint = TextOf(*otlp, "endpoint");
  const YamlNode* headers = otlp->Find("headers");
  if (headers == nullptr) return spec;
  for (const YamlNode::Member& member : headers->members) {
    if (!member.value.IsMap()) {
      spec.headers[member.key] = member.value.scalar;
      continue;
    }
    const std::string path = "telemetry.otlp.headers." + member.key;
    const auto ref = context.ReadSecretRef(member.value, path, path + ".file");
    if (!ref) continue;
    CheckSecretPlace(*ref, path, member.value, context);
    spec.headers[member.key] = *ref;
  }
  return spec;
}

std::vector<NotificationTarget> ReadNotifications(const YamlNode& list, ConfigContext& context) {
  std::vector<NotificationTarget> targets;
  std::map<std::string, int> lines;
  const Shape shape = ReconcilerNotificationShape();
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const YamlNode& node = list.items[i];
    if (HasErrors(CheckShape(node, shape, ""))) continue;
    const std::string path = "notifications[" + std::to_string(i) + "]";
    NotificationTarget target = TargetReader(node, path, context).Read();
    const auto [first, is_new] = lines.try_emplace(target.name, node.line);
    if (!is_new) {
      context.Error("duplicate notification name",
                    "\"" + target.name + "\" names the target on line " +
                        std::to_string(first->second) + " and the one on line " +
                        std::to_string(node.line),
                    path + ".name", *node.Find("name"), "give each its own name");
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

std::optional<CommitStatusSpec> ReadCommitStatus(const YamlNode& node, const std::string& path,
                                                 ConfigContext& context) {
  CommitStatusSpec spec;
  spec.provider = TextOf(node, "provider");
  spec.api_url = TextOf(node, "apiUrl");
  spec.target_url = TextOf(node, "targetUrl");
  const YamlNode* token = node.Find("token");
  if (token == nullptr) return std::nullopt;
  const auto ref = context.ReadSecretRef(*token, path + ".token", path + ".token.file");
  if (!ref) return std::nullopt;
  CheckSecretPlace(*ref, path + ".token", *token, context);
  spec.token = *ref;
  return spec;
}

}  // namespace gitops
