#include "engine/reconcile/config_shape.h"

#include <algorithm>
#include <utility>

#include "engine/model/app_id.h"
#include "engine/yaml/json_schema.h"

namespace gitops {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t kPathBytes = 4096;
constexpr std::string_view kNameRegex = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

std::string CheckName(std::string_view text) {
  return IsValidName(text) ? "" : QuoteShort(text) + " is no name: " + std::string(kNameRule);
}

std::string CheckVariableName(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool valid = !text.empty() && text.size() <= 255 && is_letter(text.front()) &&
                     std::all_of(text.begin(), text.end(),
                                 [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  return valid ? ""
               : QuoteShort(text) +
                     " is no name of a variable: letters, digits and _, no digit first";
}

std::string CheckPercent(std::string_view text) {
  if (!text.empty() && text.back() == '%') text.remove_suffix(1);
  const Reading<std::int64_t> number = ParseInteger(text);
  if (number && *number >= 0 && *number <= 100) return "";
  return "a share of a source's apps: 0% to 100%";
}

std::string CheckNotEmpty(std::string_view text) { return text.empty() ? "the text is empty" : ""; }

}  // namespace

Shape NameShape() {
  return TextShape().Longest(kPathBytes).Checked(CheckName, std::string(kNameRegex));
}

Shape PathShape() { return TextShape().Longest(kPathBytes).Checked(CheckNotEmpty, "^.+$"); }

Shape SecretShape() {
  return OneOfShape(
             {TextShape(),
              MapShape({Key("file", PathShape())
                            .Doc("A file that holds the value; one newline at its end is removed.")
                            .Example("/etc/tfgrid-compose/apps.secret"),
                        Key("variable",
                            TextShape().Checked(CheckVariableName, "^[A-Za-z_][A-Za-z0-9_]*$"))
                            .Doc("Or the name of a variable of the engine's own environment.")
                            .Example("APPS_SECRET")})
                  .Sensitive()})
      .Sensitive();
}

namespace {

Shape WebhookShape() {
  return MapShape({Key("provider", WordShape({"github", "gitlab", "gitea", "forgejo", "gogs",
                                              "bitbucket", "bitbucket-server", "generic"}))
                       .Required()
                       .Example("github")
                       .Doc("Who sends the webhook; decides how its signature is checked."),
                   Key("secret", SecretShape())
                       .Example("{file: /etc/tfgrid-compose/apps.secret}")
                       .Doc("The shared secret, at least 16 bytes."),
                   Key("secrets", ListShape(SecretShape()).Items(1, 8).Sensitive())
                       .Doc("Several secrets, all of which are accepted, while one is replaced.")})
      .Sensitive();
}

Shape AuthShape() {
  return MapShape(
             {Key("username", TextShape().Longest(255))
                  .Default("git")
                  .Doc("User name that goes with a token over https."),
              Key("tokenFile", PathShape())
                  .Example("/etc/tfgrid-compose/apps.token")
                  .Doc("A file that holds the token; the short form of `token: {file: …}`."),
              Key("token", SecretShape())
                  .Example("{variable: APPS_TOKEN}")
                  .Doc("Access token for https."),
              Key("sshKeyFile", PathShape())
                  .Example("/etc/tfgrid-compose/apps.key")
                  .Doc("Private key for ssh; ed25519 is best."),
              Key("knownHostsFile", PathShape())
                  .Example("/etc/tfgrid-compose/known_hosts")
                  .Doc("Host keys that are accepted, in the format of OpenSSH. Required for ssh."),
              Key("caFile", PathShape())
                  .Example("/etc/tfgrid-compose/ca.pem")
                  .Doc("PEM bundle that is trusted for this source besides the system's.")})
      .Sensitive();
}

std::string CheckUser(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  const bool valid = !text.empty() && text.size() <= 32 && text.front() != '-' &&
                     std::all_of(text.begin(), text.end(), fits);
  return valid ? "" : QuoteShort(text) + " is neither engine, app, nor a user name";
}

Shape RunAsShape() { return TextShape().Checked(CheckUser, "^[a-z0-9_.][a-z0-9_.-]{0,31}$"); }

Shape SyncShape() { return WordShape({"auto", "manual"}); }
Shape OnFailureShape() { return WordShape({"rollback", "hold"}); }

Shape VariablesOfAppsShape() {
  return FreeMapShape(
             OneOfShape({TextShape().Longest(128 * 1024),
                         MapShape({Key("file", PathShape()), Key("variable", TextShape())})}))
      .Checked(CheckVariableName)
      .Sensitive();
}

Shape PatternVariablesShape() {
  return FreeMapShape(OneOfShape({TextShape().Longest(kPathBytes),
                                  ListShape(TextShape().Longest(kPathBytes)).Items(0, 1000)}));
}

Shape AppOverrideShape() {
  return MapShape(
      {Key("environment", VariablesOfAppsShape()).Doc("Values of variables that the app declares."),
       Key("variables", PatternVariablesShape()).Doc("Values of pattern variables."),
       Key("sync", SyncShape()).Doc("As for the environment."),
       Key("onFailure", OnFailureShape()).Doc("As for the environment."),
       Key("runAs", RunAsShape()).Doc("As for the environment.")});
}

}  // namespace

Shape ReconcilerSourceShape() {
  return MapShape(
      {Key("name", NameShape()).Required().Example("apps").Doc("Names the source; unique."),
       Key("url", TextShape().Longest(kPathBytes))
           .Required()
           .Example("https://example.org/acme/apps.git")
           .Doc("`https://`, `ssh://`, `user@host:path`, `file://` or a path. Never with a "
                "password."),
       Key("branch", TextShape().Longest(255)).Default("main").Doc("The branch to follow."),
       Key("tag", TextShape().Longest(255)).Doc("Or a tag."),
       Key("commit", TextShape().Longest(255)).Doc("Or one commit, with all 40 digits."),
       Key("path", TextShape().Longest(kPathBytes))
           .Default(".")
           .Doc("Folder in the repository that holds the apps."),
       Key("interval", DurationShape(seconds(1), hours(24)))
           .Default("60s")
           .Doc("How often the source is asked for news."),
       Key("timeout", DurationShape(seconds(1), hours(1)))
           .Default("2m")
           .Doc("Deadline of one fetch."),
       Key("environment", NameShape())
           .Default("default")
           .Doc("The environment that the source's apps belong to."),
       Key("webhook", WebhookShape()).Doc("How webhooks of this source are checked."),
       Key("webhookMatch", ListShape(TextShape().Longest(kPathBytes)).Items(1, 16))
           .Example("[https://git.example.org/acme/apps]")
           .Doc("Further URLs by which webhooks may name this repository."),
       Key("commitStatus", ReconcilerCommitStatusShape())
           .Doc("The forge is told what became of each commit."),
       Key("auth", AuthShape()).Doc("Credentials.")});
}

Shape ReconcilerEnvironmentShape() {
  return MapShape(
      {Key("provider", NameShape())
           .Default("local")
           .Doc("Where infrastructure comes from, for apps that do not say it."),
       Key("sync", SyncShape())
           .Default("auto")
           .Doc("`auto` applies what Git says; `manual` only plans, `reconcile APP` applies."),
       Key("prune", BooleanShape()).Default("false").Doc("Delete apps whose manifest is gone."),
       Key("maxPrune", TextShape().Checked(CheckPercent, "^([0-9]|[1-9][0-9]|100)%?$"))
           .Default("20%")
           .Doc("The largest share of a source's apps that one pass may delete; at least one app."),
       Key("onFailure", OnFailureShape())
           .Default("rollback")
           .Doc("After a failed update: return to the last healthy snapshot, or hold."),
       Key("runAs", RunAsShape())
           .Default("engine")
           .Doc("As whom programs of local apps run: `engine`, `app` (a user number of its own for "
                "each app, without an account), or the name of a user. Needs root."),
       Key("allowSudo", BooleanShape())
           .Default("false")
           .Doc("Programs of local apps may gain rights by sudo and other setuid programs. Not "
                "with `runAs: app` or a user's name."),
       Key("environment", VariablesOfAppsShape())
           .Example("{TZ: Europe/Brussels, API_KEY: {file: api.key}}")
           .Doc("Values of variables that apps declare, for all apps of the environment."),
       Key("variables", PatternVariablesShape())
           .Example("{memory: 2048}")
           .Doc("Values of pattern variables, for all apps of the environment."),
       Key("apps", FreeMapShape(AppOverrideShape()).Checked(CheckName))
           .Doc("What differs for single apps, by their name.")});
}

Shape ReconcilerLimitsShape() {
  return MapShape(
      {Key("parallelApps", IntegerShape(1, 1024))
           .Default("8")
           .Doc("Apps that are changed at once."),
       Key("parallelFetches", IntegerShape(1, 256)).Default("8").Doc("Sources fetched at once."),
       Key("keepSnapshots", IntegerShape(1, 1000))
           .Default("10")
           .Doc("Snapshots kept of each app, besides the current and the pinned one."),
       Key("stepTimeout", DurationShape(seconds(1), hours(24 * 7)))
           .Default("30m")
           .Doc("Deadline of one step."),
       Key("hookTimeout", DurationShape(seconds(1), hours(24 * 7)))
           .Default("15m")
           .Doc("Deadline of one hook."),
       Key("stopGrace", DurationShape(seconds(0), hours(1)))
           .Default("10s")
           .Doc("Between SIGTERM and SIGKILL of what has to stop."),
       Key("runLogSize", SizeShape(SizeUnit::kMegabytes, 1, 100 * 1024))
           .Default("10MB")
           .Doc("The largest log of one run."),
       Key("repositorySize", SizeShape(SizeUnit::kMegabytes, 1, 1024 * 1024))
           .Default("4GB")
           .Doc("The largest repository that is fetched."),
       Key("appProcesses", IntegerShape(16, 1'000'000))
           .Default("1024")
           .Doc("Processes and threads of one local app, where it has a user of its own."),
       Key("appOpenFiles", IntegerShape(64, 1'000'000))
           .Default("65536")
           .Doc("Files that one program of a local app has open."),
       Key("appFileSize", SizeShape(SizeUnit::kMegabytes, 1, 1024 * 1024))
           .Default("64GB")
           .Doc("The largest file that a program of a local app writes."),
       Key("appMemory", SizeShape(SizeUnit::kMegabytes, 16, 16 * 1024 * 1024))
           .Doc("Address space of each program of a local app."),
       Key("appDisk", SizeShape(SizeUnit::kMegabytes, 1, 64 * 1024 * 1024))
           .Default("64GB")
           .Doc("What the directory of a local app may hold when one of its hooks runs."),
       Key("appFiles", IntegerShape(1000, 1'000'000'000))
           .Default("1000000")
           .Doc("Files and directories in the directory of a local app when one of its hooks "
                "runs.")});
}

Shape ReconcilerServerShape() {
  return MapShape(
      {Key("listen", TextShape().Longest(255))
           .Default("127.0.0.1:8420")
           .Doc("Address and port of webhooks, API and metrics."),
       Key("publicUrl", TextShape().Longest(1024))
           .Example("https://gitops.example.org")
           .Doc("How others reach the server, when that is by another name."),
       Key("trustedProxies", ListShape(TextShape().Longest(64)).Items(0, 100))
           .Example("[127.0.0.1]")
           .Doc("Addresses and networks of proxies whose X-Forwarded-For is believed."),
       Key("tls", ReconcilerTlsShape()).Doc("Serve HTTPS instead of HTTP."),
       Key("limits", ReconcilerServerLimitsShape()).Doc("Bounds on clients."),
       Key("driftInterval", DurationShape(seconds(0), hours(24 * 30)))
           .Default("0s")
           .Example("6h")
           .Doc("How often the daemon looks at what is there of each app; 0s: never.")});
}

Shape ReconcilerTlsShape() {
  return MapShape(
      {Key("certificateFile", PathShape())
           .Required()
           .Example("/etc/tfgrid-compose/server.pem")
           .Doc("PEM: the server's own certificate, then those of its issuers. Read again when it "
                "changes."),
       Key("keyFile", PathShape())
           .Required()
           .Example("/etc/tfgrid-compose/server.key")
           .Doc("PEM: the private key, without a passphrase, readable by its owner only.")});
}

Shape ReconcilerServerLimitsShape() {
  return MapShape(
      {Key("connections", IntegerShape(16, 1'000'000))
           .Default("12000")
           .Doc("Connections that are open at once."),
       Key("bodies", IntegerShape(1, 10'000))
           .Default("64")
           .Doc("Request bodies that are arriving at once."),
       Key("bodiesPerClient", IntegerShape(1, 10'000))
           .Default("16")
           .Doc("Those of them that one client may have."),
       Key("bodyMemory", SizeShape(SizeUnit::kMegabytes, 32, 100 * 1024))
           .Default("128MB")
           .Doc("Memory of all request bodies together."),
       Key("headBytes", IntegerShape(8192, 1024 * 1024))
           .Default("65536")
           .Doc("Bytes of a request's head."),
       Key("headFields", IntegerShape(16, 1000)).Default("100").Doc("Header fields of a request."),
       Key("backlog", IntegerShape(1, 65'535))
           .Default("1024")
           .Doc("Connections that wait to be accepted; the system may allow fewer."),
       Key("headTimeout", DurationShape(seconds(1), hours(1)))
           .Default("5s")
           .Doc("From the first byte of a request's head to its last."),
       Key("bodyTimeout", DurationShape(seconds(1), hours(1)))
           .Default("30s")
           .Doc("For a whole request body."),
       Key("idleTimeout", DurationShape(seconds(1), hours(1)))
           .Default("60s")
           .Doc("Between two requests of a connection, and before the first.")});
}

Shape ReconcilerAppUsersShape() {
  return MapShape(
      {Key("from", IntegerShape(1000, 4'000'000'000)).Default("70000").Doc("The first of them."),
       Key("to", IntegerShape(1000, 4'000'000'000)).Default("99999").Doc("The last of them.")});
}

Shape ReconcilerShape() {
  return MapShape(
      {Key("state", TextShape().Longest(kPathBytes))
           .Default("state.db in the state directory")
           .Example("sqlite:///var/lib/tfgrid-compose/state.db")
           .Doc("The database. Its folder is the state directory, which also holds mirrors, logs "
                "and "
                "the lock."),
       Key("server", ReconcilerServerShape()).Doc("The daemon's own server."),
       Key("sources", ListShape(ReconcilerSourceShape()).Items(0, 100'000))
           .Doc("Git repositories to watch."),
       Key("environments", FreeMapShape(ReconcilerEnvironmentShape()).Checked(CheckName))
           .Doc("Environments by name."),
       Key("patterns", ListShape(PathShape()).Items(0, 100))
           .Default("the patterns that come with the program")
           .Doc(
               "Directories that hold pattern directories; earlier ones win. The shipped ones come "
               "last."),
       Key("appUsers", ReconcilerAppUsersShape())
           .Doc("The user numbers that apps get with `runAs: app`."),
       Key("notifications", ListShape(ReconcilerNotificationShape()).Items(0, 1000))
           .Doc("Who is told of what happens."),
       Key("telemetry", ReconcilerTelemetryShape()).Doc("Where traces go."),
       Key("log", ReconcilerLogShape()).Doc("The engine's own log, on standard error."),
       Key("limits", ReconcilerLimitsShape()).Doc("Bounds on work, time and space.")});
}

std::string ReconcilerJsonSchema() {
  return ShapeToJsonSchema(ReconcilerShape(), "tfgrid-compose reconciler configuration",
                           "reconciler.schema.json");
}

}  // namespace gitops
