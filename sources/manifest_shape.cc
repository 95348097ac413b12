#include "sources/manifest_shape.h"

#include <utility>

#include "engine/yaml/json_schema.h"
#include "sources/manifest_rules.h"
#include "sources/manifest_value_shapes.h"

namespace gitops {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr const char* kNameRegex = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
constexpr const char* kVariableRegex = "^[A-Z_][A-Z0-9_]*$";
constexpr const char* kPathRegex = "^[^/~ ][^ ]*$";

Shape Name() { return TextShape().Checked(&CheckNameRule, kNameRegex); }
Shape Path() { return TextShape().Checked(&CheckPathRule, kPathRegex); }
Shape Description() { return TextShape().Longest(16 * 1024); }

Shape PatternsShape() {
  return MapShape({
      Key("recommended", Name()).Doc("The pattern that is used.").Example("my-pattern"),
      Key("supported", ListShape(Name()).Items(1, 100))
          .Doc("Patterns the app works with; `recommended` has to be one of them.")
          .Default("just `recommended`"),
  });
}

Shape HookShape() {
  return OneOfShape({
      Path(),
      MapShape({
          Key("script", Path()).Doc("Path from the app's directory."),
          Key("inputs", ListShape(TextShape().Checked(&CheckGlobRule)).Items(0, 100))
              .Doc("Globs: the hook runs again only when these files change, or what else it "
                   "consumes.")
              .Default("all files of the app")
              .Example("[deployment/**, src/**]"),
          Key("timeout", DurationShape(1s, 24h)).Doc("How long it may run.").Default("15m"),
          Key("optional", BooleanShape()).Doc("A failure is a warning.").Default("false"),
      }),
  });
}

Shape HooksShape() {
  const auto hook = [](std::string name, std::string doc) {
    std::string script = "`deployment/" + name + ".sh` when it exists";
    return Key(std::move(name), HookShape()).Doc(std::move(doc)).Default(std::move(script));
  };
  return MapShape({
      hook("setup", "Installs what the app needs."),
      hook("configure", "Writes the app's configuration and starts it."),
      hook("healthcheck", "Succeeds when the app works."),
      hook("teardown", "Stops the app and removes what it left outside its directories."),
  });
}

Shape HookConfigShape() {
  const auto settings = [] {
    return MapShape({
        Key("optional", BooleanShape()).Doc("A failure of the hook is a warning.").Default("false"),
        Key("description", Description()),
    });
  };
  return MapShape({Key("setup", settings()), Key("configure", settings()),
                   Key("healthcheck", settings()), Key("teardown", settings())});
}

Shape DeploymentShape() {
  return MapShape({
      Key("hooks", ListShape(Path()).Items(0, 100))
          .Doc("Paths of hooks; each is known by its file name (`setup.sh`, `configure.sh`, …)."),
  });
}

Shape EnvironmentShape() {
  const Shape value = TextShape().Longest(kLongestVariable).Sensitive();
  return ListShape(MapShape({
                                Key("name", TextShape().Checked(&CheckVariableRule, kVariableRegex))
                                    .Required()
                                    .Doc("A-Z 0-9 _; none that the system or the engine's tools "
                                         "obey (PATH, LD_…, TF_…, ANSIBLE_…).")
                                    .Example("DOMAIN"),
                                Key("description", Description()),
                                Key("required", BooleanShape())
                                    .Doc("Without a value, the app is not applied.")
                                    .Default("false"),
                                Key("default", value)
                                    .Doc("Value when nothing else gives one. Ignored for secrets."),
                                Key("secret", BooleanShape())
                                    .Doc("Never shown, never from Git.")
                                    .Default("false"),
                                Key("options", ListShape(value).Items(1, 1000).Sensitive())
                                    .Doc("The only values that are allowed."),
                                Key("depends_on", FreeMapShape(value).Items(0, 100).Sensitive())
                                    .Doc("Applies only when these variables have these values."),
                            })
                       .Sensitive())
      .Items(0, 1000)
      .Sensitive();
}

Shape CommandsShape() {
  return FreeMapShape(
             MapShape({
                 Key("script", TextShape().Longest(4096).Checked(&CheckOneLineRule))
                     .Required()
                     .Doc("Absolute path on the app's host, perhaps with arguments.")
                     .Example("/opt/shop/backup.sh"),
                 Key("description", Description()),
                 Key("args", TextShape().Longest(4096)).Doc("Arguments, as help shows them."),
                 Key("allocate_tty", BooleanShape()).Doc("Run on a terminal.").Default("true"),
                 Key("interactive", BooleanShape()).Doc("For people; nothing reads it."),
                 Key("usage", TextShape().Longest(4096)).Doc("For people; nothing reads it."),
                 Key("uses_context", TextShape().Longest(256)).Doc("Accepted without effect."),
                 Key("save_to_context", TextShape().Longest(256))
                     .NoEffect("there is no context file; pass the value as an argument"),
             }))
      .Items(0, 1000)
      .Checked(&CheckCommandNameRule, "^[A-Za-z0-9_.:][A-Za-z0-9_.:-]{0,63}$");
}

Shape DependenciesShape() {
  return MapShape({
      Key("system", ListShape(TextShape().Longest(256)).Items(0, 1000))
          .Doc("Packages the setup hook installs."),
      Key("external",
          ListShape(OneOfShape({TextShape().Longest(256), FreeMapShape(TextShape().Longest(256))}))
              .Items(0, 1000))
          .Doc("Tools with the version that is needed: `- nodejs: \">=18\"`."),
  });
}

Shape HealthchecksShape() {
  return ListShape(
             MapShape({
                 Key("http", TextShape().Longest(2048).Checked(&CheckProbeUrlRule, "^https?://"))
                     .Doc("A URL that has to answer."),
                 Key("tcp", TextShape().Longest(300).Checked(&CheckProbeAddressRule))
                     .Doc("`host:port`, or a port of localhost, that has to accept a connection."),
                 Key("command", TextShape().Longest(4096).Checked(&CheckProbeCommandRule))
                     .Doc("A script with arguments that has to succeed."),
                 Key("name", TextShape().Longest(128)).Doc("For people; nothing reads it."),
                 Key("interval", DurationShape(100ms, 1h))
                     .Doc("Time between two attempts.")
                     .Default("2s"),
                 Key("timeout", DurationShape(100ms, 10min)).Doc("Of one attempt.").Default("5s"),
                 Key("retries", IntegerShape(0, 1000))
                     .Doc("Attempts after the first before the app is unhealthy.")
                     .Default("15"),
                 Key("successes", IntegerShape(1, 100))
                     .Doc("Successes in a row that make it healthy.")
                     .Default("1"),
                 Key("expected_status", IntegerShape(0, 599))
                     .Doc("HTTP status; 0 accepts 200 to 399.")
                     .Default("200"),
             }))
      .Items(0, 100);
}

Shape PatternShape() { return OneOfShape({Name(), PatternsShape()}); }

std::vector<ShapeKey> IdentityKeys() {
  return {
      Key("name", Name())
          .Required()
          .Doc("The app's name: 1 to 63 characters a-z 0-9 -, with a letter or digit at both ends.")
          .Example("shop"),
      Key("version", TextShape().Longest(128).Checked(&CheckOneLineRule))
          .Doc("Kept as written (`1.10` stays `1.10`); hooks get it as APP_VERSION."),
      Key("description", Description()).Doc("What the app is. Changing it runs nothing."),
      Key("pattern", PatternShape()).Doc("The pattern; the short spelling.").Example("my-pattern"),
      Key("patterns", PatternsShape()).Doc("The pattern and those the app supports."),
      Key("provider", Name()).Doc("Where machines come from.").Default("the environment's"),
      Key("depends_on", ListShape(TextShape().Checked(&CheckDependencyRule)).Items(0, 1000))
          .Doc("Apps that come first: `name` of the same environment, or `environment/name`."),
  };
}

std::vector<ShapeKey> AppKeys() {
  return {
      Key("hooks", HooksShape()).Doc("Scripts that bring the app onto its host."),
      Key("hook_config", HookConfigShape()).Doc("Settings of hooks that are declared as a path."),
      Key("deployment", DeploymentShape()).Doc("Another way to list hooks."),
      Key("env_file", Path()).Doc("A file of KEY=VALUE lines in the app's directory."),
      Key("environment", EnvironmentShape()).Doc("Variables that hooks get."),
      Key("healthchecks", HealthchecksShape()).Doc("Checks after every run, besides the hook."),
      Key("commands", CommandsShape()).Doc("Commands for `tfgrid-compose run APP NAME`."),
      Key("dependencies", DependenciesShape()).Doc("A change runs setup again."),
  };
}

std::vector<ShapeKey> PatternKeys() {
  return {
      Key("resources", ResourcesShape()).Doc("What the app needs."),
      Key("config", ConfigShape()).Doc("The short spelling of `resources` and `nodes`."),
      Key("nodes", NodesShape()).Doc("Where on the grid machines stand."),
      Key("network", NetworkShape()).Doc("How machines are reached."),
      Key("gateway", GatewayShape()).Doc("Settings of gateway patterns."),
      Key("backend", BackendShape()).Doc("Machines behind a gateway."),
      Key("backends", BackendsShape()).Doc("The same as a list; only their number counts."),
      Key("k3s", K3sShape()).Doc("Settings of k3s patterns."),
      Key("cluster", ClusterShape()).Doc("Another way to count the machines of a cluster."),
      Key("features", FeaturesShape()).Doc("Parts of a cluster."),
      Key("variables", VariablesShape()).Doc("Values for a pattern's variables, by name."),
  };
}

std::vector<ShapeKey> OtherKeys() {
  const auto for_people = [](std::string name) {
    return Key(std::move(name), AnyShape()).Doc("For people; nothing reads it.");
  };
  return {
      for_people("author"),
      for_people("license"),
      for_people("tags"),
      for_people("metadata"),
      for_people("documentation"),
      Key("status", AnyShape()).NoEffect("write healthchecks instead"),
      Key("logging", AnyShape()).NoEffect("`logs` shows what hooks print"),
      Key("cache_version", AnyShape()).NoEffect("there is no cache to name"),
      Key("kubernetes", AnyShape()).NoEffect("apply manifests and charts in a hook"),
      Key("state", AnyShape()).NoEffect("the engine's configuration says where state is kept"),
  };
}

Shape MakeManifestShape() {
  std::vector<ShapeKey> keys;
  for (auto part : {IdentityKeys(), AppKeys(), PatternKeys(), OtherKeys()}) {
    for (ShapeKey& key : part) keys.push_back(std::move(key));
  }
  return MapShape(std::move(keys));
}

}  // namespace

const Shape& ManifestShape() {
  static const Shape shape = MakeManifestShape();
  return shape;
}

std::string ManifestJsonSchema() {
  return ShapeToJsonSchema(ManifestShape(), "tfgrid-compose.yaml: one app",
                           "urn:tfgrid-compose:schema:manifest:v1");
}

}  // namespace gitops
