// The parts of the manifest's table that feed patterns: resources, nodes, network and so on. Only
// for manifest_shape.cc. Pure.
#pragma once

#include "engine/yaml/shape.h"

namespace gitops {

Shape ResourcesShape();
Shape ConfigShape();
Shape NodesShape();
Shape NetworkShape();
Shape GatewayShape();
Shape BackendShape();
Shape BackendsShape();
Shape K3sShape();
Shape ClusterShape();
Shape FeaturesShape();
Shape VariablesShape();

}  // namespace gitops
