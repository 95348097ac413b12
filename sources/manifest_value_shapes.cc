#include "sources/manifest_value_shapes.h"

#include <string>
#include <utility>
#include <vector>

#include "sources/manifest_rules.h"

namespace gitops {
namespace {

constexpr std::int64_t kMostCores = 1024;
constexpr std::int64_t kLeastMegabytes = 64;  // Less is a number that was meant in GB.
constexpr std::int64_t kMostMegabytes = 64LL * 1024 * 1024;
constexpr std::int64_t kMostDisk = 1024LL * 1024 * 1024;  // Wide: the number may be MB.
constexpr std::int64_t kMostHosts = 10'000;
constexpr std::int64_t kMostNodeId = 4'294'967'295;

Shape Cores() { return IntegerShape(1, kMostCores); }
Shape Memory() { return SizeShape(SizeUnit::kMegabytes, kLeastMegabytes, kMostMegabytes); }
Shape Disk() { return SizeShape(SizeUnit::kGigabytes, 1, kMostDisk); }
Shape Count() { return IntegerShape(0, kMostHosts); }
Shape NodeId() { return IntegerShape(0, kMostNodeId); }

Shape Bounds(const Shape& amount) {
  return MapShape({
      Key("min", amount).Doc("The least the app works with; less is an error."),
      Key("recommended", amount).Doc("What is asked for."),
      Key("max", amount).Doc("The most the app makes use of."),
      Key("minimum", amount).Deprecated("min"),
  });
}

/// `cpu: 2` or `cpu: {min: 1, recommended: 2}`.
Shape AmountOrBounds(const Shape& amount) { return OneOfShape({amount, Bounds(amount)}); }

ShapeKey Role(std::string name, std::string doc) {
  return Key(std::move(name), MapShape({
                                  Key("cpu", Cores()).Doc("Cores."),
                                  Key("memory", Memory()).Doc("MB, or a size with a suffix."),
                                  Key("disk", Disk()).Doc("GB, or a size with a suffix."),
                                  Key("count", Count()).Doc("How many machines of this role."),
                              }))
      .Doc(std::move(doc));
}

/// One node or several.
Shape NodeIds() { return OneOfShape({NodeId(), ListShape(NodeId()).Items(1, 1000)}); }

ShapeKey NodeGroup(std::string name, std::string doc) {
  return Key(std::move(name),
             OneOfShape({NodeId(), ListShape(NodeId()).Items(1, 1000),
                         MapShape({
                             Key("count", Count()).Doc("How many machines."),
                             Key("cpu", Cores()),
                             Key("memory", Memory()),
                             Key("storage", Disk()).Doc("Disk in GB, or a size with a suffix."),
                             Key("disk", Disk()),
                         })}))
      .Doc(std::move(doc));
}

Shape Networks() {
  return OneOfShape(
      {TextShape().Longest(256).Checked(&CheckNetworksRule),
       ListShape(WordShape({"mycelium", "wireguard", "ipv4", "ipv6", "all"})).Items(1, 5)});
}

}  // namespace

Shape ResourcesShape() {
  return MapShape({
      Key("cpu", AmountOrBounds(Cores())).Doc("Cores.").Example("2"),
      Key("memory", AmountOrBounds(Memory()))
          .Doc("Memory in MB, or a size with a suffix: `4096`, `4G`.")
          .Example("4096"),
      Key("disk", AmountOrBounds(Disk()))
          .Doc("Disk in GB, or a size with a suffix: `50`, `50G`. A bare number above 10240 is "
               "ambiguous: it could be MB.")
          .Example("50"),
      Key("ports", ListShape(TextShape().Checked(&CheckPortRule)).Items(0, 1000))
          .Doc("Ports the app listens on, each `NUMBER:LABEL` or `NUMBER`.")
          .Example("[22:ssh, 80:http]"),
      Role("vm", "The machine of a pattern with one machine; wins over `cpu`, `memory`, `disk`."),
      Role("gateway", "The gateway's machine."),
      Role("backend", "Each machine behind the gateway."),
      Role("master", "Each control machine of a cluster."),
      Role("control", "Another name for `master`."),
      Role("worker", "Each worker machine of a cluster."),
      Role("ingress", "Each ingress machine of a cluster."),
      Role("ai_agent", "The agent's machine of an AI stack."),
      Role("gitea", "The Git server's machine of an AI stack."),
  });
}

Shape ConfigShape() {
  return MapShape({
      Key("node", NodeId()).Doc("Grid node; 0 lets the engine choose."),
      Key("cpu", Cores()).Doc("Cores."),
      Key("memory", Memory()).Doc("MB, or a size with a suffix."),
      Key("disk", SizeShape(SizeUnit::kMegabytes, 1, kMostDisk))
          .Doc("Disk in **MB** when it is a bare number (102400 is 100 GB), or a size with a "
               "suffix. A bare number below 1024 is ambiguous: it could be GB."),
  });
}

Shape NodesShape() {
  return MapShape({
      Key("vm", NodeId()).Doc("Grid node of the machine; 0 lets the engine choose."),
      Key("gateway", NodeIds()).Doc("Grid node of the gateway; of a list, the first."),
      Key("backend", NodeIds()).Doc("Grid nodes of the machines behind the gateway."),
      Key("master", NodeId()).Doc("Grid node of the control machine."),
      NodeGroup("masters", "Control machines: `{count: 3}`, or grid nodes."),
      NodeGroup("workers", "Worker machines: `{count: 3}`, or grid nodes."),
      NodeGroup("ingress", "Ingress machines: `{count: 1}`, or grid nodes."),
      NodeGroup("control", "Another way to size `resources.master`."),
      NodeGroup("worker", "Another way to size `resources.worker`."),
  });
}

Shape NetworkShape() {
  return MapShape({
      Key("provision", Networks())
          .Doc("Networks that machines get: a list, or text with commas, of `mycelium`, "
               "`wireguard`, `ipv4`, `ipv6`, or `all`.")
          .Example("[mycelium, wireguard]"),
      Key("prefer", Networks()).Doc("Networks in the order in which connections try them."),
      Key("inter_node", WordShape({"wireguard", "mycelium"}))
          .Doc("Network that the machines of one app use among themselves."),
      Key("public_ipv4", BooleanShape()).Doc("Adds `ipv4` to `provision`."),
      Key("main", WordShape({"public", "wireguard", "mycelium"})).Deprecated("network.prefer"),
      Key("mode", WordShape({"wireguard-only", "mycelium-only", "both"}))
          .Deprecated("network.provision"),
  });
}

Shape GatewayShape() {
  return MapShape({
      Key("mode", WordShape({"nat", "proxy"})).Doc("How the gateway passes traffic on."),
      Key("type", WordShape({"nat", "proxy"})).Doc("Another name for `mode`."),
      Key("domains", ListShape(TextShape().Checked(&CheckDomainRule)).Items(0, 100))
          .Doc("Host names that the gateway answers."),
      Key("domain", TextShape().Checked(&CheckDomainRule)).Doc("The same for one host name."),
      Key("ssl",
          OneOfShape({BooleanShape(), MapShape({
                                          Key("enabled", BooleanShape()).Doc("Get certificates."),
                                          Key("email", TextShape().Longest(254))
                                              .Doc("Address for the certificate authority."),
                                      })}))
          .Doc("Certificates: `true`, or `{enabled: true, email: …}`."),
      Key("proxy_config", AnyShape()).NoEffect("no pattern reads it"),
      Key("load_balancing", AnyShape()).NoEffect("no pattern reads it"),
  });
}

Shape BackendShape() {
  return MapShape({
      Key("count", Count()).Doc("How many machines stand behind the gateway."),
      Key("services", ListShape(AnyShape()).Items(0, 1000)).NoEffect("no pattern reads it"),
  });
}

Shape BackendsShape() {
  return ListShape(MapShape({
                       Key("name", TextShape().Longest(128)),
                       Key("cpu", Cores()),
                       Key("memory", Memory()),
                       Key("disk", Disk()),
                       Key("port", IntegerShape(1, 65535)),
                       Key("private", BooleanShape()),
                   }))
      .Items(0, 1000);
}

Shape K3sShape() {
  return MapShape({
      Key("version", TextShape().Longest(128)).Doc("Version of k3s.").Example("v1.28.5+k3s1"),
      Key("features", ListShape(TextShape().Longest(128)).Items(0, 100))
          .Doc("Parts of k3s that stay switched on."),
      Key("token_secret", TextShape().Sensitive())
          .NoEffect("a token in Git is no secret; the pattern draws its own"),
  });
}

Shape ClusterShape() {
  return MapShape({
      Key("control_nodes", Count()).Doc("Another name for `nodes.masters.count`."),
      Key("worker_nodes", Count()).Doc("Another name for `nodes.workers.count`."),
  });
}

Shape FeaturesShape() {
  return MapShape({
      Key("metallb", BooleanShape()),
      Key("ingress", BooleanShape()),
      Key("monitoring", BooleanShape()),
      Key("logging", BooleanShape()),
  });
}

Shape VariablesShape() {
  Shape entry = MapShape({
      Key("type", TextShape().Longest(64))
          .Doc("`string`, `number`, `integer`, `boolean`, `list(number)` or `list(string)`.")
          .Default("what the value looks like"),
      Key("description", TextShape().Longest(4096)),
      Key("default", AnyShape()).Doc("The value; an empty text counts as not set."),
      Key("required", BooleanShape()),
      Key("min", IntegerShape()),
      Key("max", IntegerShape()),
      Key("options", ListShape(TextShape())).Doc("The only values that are allowed."),
  });
  return FreeMapShape(OneOfShape({TextShape().Longest(kLongestVariable),
                                  ListShape(TextShape().Longest(kLongestVariable)).Items(0, 1000),
                                  std::move(entry)}))
      .Items(0, 1000)
      .Checked(&CheckPatternVariableRule, "^[A-Za-z0-9_-]{1,64}$");
}

}  // namespace gitops
