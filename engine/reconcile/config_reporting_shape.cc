// The part of reconciler.yaml's table that says how the engine tells what it does.
#include <algorithm>

#include "engine/pattern/glob.h"
#include "engine/reconcile/config_shape.h"

namespace gitops {
namespace {

constexpr std::size_t kUrlBytes = 4096;

bool HasPrefix(std::string_view text, std::string_view prefix) {
  return text.size() > prefix.size() && text.substr(0, prefix.size()) == prefix;
}

/// Printable ASCII without spaces: what goes into requests and mail headers as it is.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string CheckWebUrl(std::string_view text) {
  const bool web = HasPrefix(text, "https://") || HasPrefix(text, "http://");
  const std::size_t host = text.find("://") + 3;
  const bool user = web && text.substr(0, text.find('/', host)).find('@') != std::string::npos;
  if (web && !user && IsPlain(text)) return "";
  return user ? "it holds user information, which would be shown: use a secret's file"
              : "not an address of the web: write https://…";
}

std::string CheckAnyUrl(std::string_view text) {
  if (HasPrefix(text, "smtp://") || HasPrefix(text, "smtps://")) {
    return IsPlain(text) && text.find('@') == std::string_view::npos
               ? ""
               : "write smtp://host:587 or smtps://host:465; the user has a key of its own";
  }
  return CheckWebUrl(text);
}

std::string CheckMailAddress(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const bool valid = at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
                     text.size() <= 254 && IsPlain(text) &&
                     text.find_first_of("<>,;:\"()[]\\") == std::string_view::npos;
  return valid ? "" : QuoteShort(text) + " is no mail address";
}

/// A token of HTTP (RFC 9110 §5.6.2), of the characters that are in use.
std::string CheckHeaderName(std::string_view text) {
  const bool valid =
      !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
      });
  return valid ? "" : QuoteShort(text) + " is no name of a header";
}

std::string CheckHeaderValue(std::string_view text) {
  const bool valid =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
  return valid ? "" : "a header holds printable ASCII only";
}

std::string CheckGlob(std::string_view text) {
  const auto glob = Glob::Parse(text);
  return glob ? "" : glob.error().primary().summary;
}

Shape GlobsShape() { return ListShape(TextShape().Longest(200).Checked(CheckGlob)).Items(1, 100); }

Shape TextOrSecretShape() {
  return OneOfShape({TextShape().Longest(kUrlBytes).Checked(CheckAnyUrl).Sensitive(),
                     MapShape({Key("file", PathShape()).Doc("A file that holds the address."),
                               Key("variable", TextShape()).Doc("Or the name of a variable.")})
                         .Sensitive()})
      .Sensitive();
}

}  // namespace

Shape ReconcilerLogShape() {
  return MapShape(
      {Key("format", WordShape({"auto", "json", "text"}))
           .Default("auto")
           .Doc("JSON lines, or text for people; `auto` is JSON from `serve` when standard error "
                "is no terminal, else text."),
       Key("level", WordShape({"trace", "debug", "info", "warning", "error", "off"}))
           .Default("`info` from `serve`, else `warning`")
           .Doc("The least that is logged; `--log-level` goes before it.")});
}

Shape ReconcilerNotificationShape() {
  return MapShape(
      {Key("name", NameShape()).Required().Example("oncall").Doc("Names the target; unique."),
       Key("type", WordShape({"webhook", "slack", "pagerduty", "email"}))
           .Required()
           .Example("slack")
           .Doc("How it is told."),
       Key("url", TextOrSecretShape())
           .Example("{file: /etc/tfgrid-compose/slack.url}")
           .Doc("Where: `https://…`, of a mail `smtp://host:587` or `smtps://host:465`. A chat's "
                "address is a secret: name the file that holds it."),
       Key("secret", SecretShape())
           .Example("{file: /etc/tfgrid-compose/hook.secret}")
           .Doc("Of a webhook the key of its signature, of PagerDuty the routing key, of a mail "
                "the password."),
       Key("user", TextShape().Longest(255)).Doc("Who logs in to send mail."),
       Key("from", TextShape().Checked(CheckMailAddress)).Doc("Sender of mail."),
       Key("to", ListShape(TextShape().Checked(CheckMailAddress)).Items(1, 100))
           .Doc("Receivers of mail."),
       Key("on", ListShape(WordShape({"deployed", "failed", "rolled-back", "recovered",
                                      "source-failed", "source-recovered"}))
                     .Items(1, 6))
           .Default("all but `deployed`")
           .Doc("What it is told."),
       Key("environments", GlobsShape()).Default("all").Doc("Of which environments."),
       Key("apps", GlobsShape())
           .Default("all")
           .Example("[\"production/*\", shop]")
           .Doc("Of which apps: globs of `name` or `environment/name`.")});
}

Shape ReconcilerTelemetryShape() {
  const Shape value =
      OneOfShape({TextShape().Longest(8192).Checked(CheckHeaderValue).Sensitive(),
                  MapShape({Key("file", PathShape()).Doc("A file that holds the value."),
                            Key("variable", TextShape()).Doc("Or the name of a variable.")})
                      .Sensitive()});
  return MapShape(
      {Key("otlp",
           MapShape(
               {Key("endpoint", TextShape().Longest(kUrlBytes).Checked(CheckWebUrl, "^https?://"))
                    .Required()
                    .Example("http://127.0.0.1:4318")
                    .Doc("An OTLP/HTTP collector; `/v1/traces` is added."),
                Key("headers", FreeMapShape(value).Checked(CheckHeaderName).Sensitive())
                    .Example("{Authorization: {file: otlp.token}}")
                    .Doc("What is sent along: texts, or the place of a secret.")}))
           .Doc("Traces of runs, as OTLP/HTTP JSON.")});
}

Shape ReconcilerCommitStatusShape() {
  return MapShape(
      {Key("provider",
           WordShape({"github", "gitlab", "gitea", "forgejo", "bitbucket", "bitbucket-server"}))
           .Required()
           .Example("github")
           .Doc("Whose API it is."),
       Key("token", SecretShape())
           .Required()
           .Example("{file: /etc/tfgrid-compose/status.token}")
           .Doc("An access token that may set statuses of commits."),
       Key("apiUrl", TextShape().Longest(kUrlBytes).Checked(CheckWebUrl, "^https?://"))
           .Default("the forge's own")
           .Example("https://git.example.org/api/v1")
           .Doc("Where the API is."),
       Key("targetUrl", TextShape().Longest(kUrlBytes).Checked(CheckWebUrl, "^https?://"))
           .Doc("What a status links to.")});
}

}  // namespace gitops
