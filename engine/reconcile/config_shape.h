// The table of reconciler.yaml: its keys, their types, bounds, defaults and meaning. The reader
// checks with it, docs/schema/reconciler.schema.json is made from it. Pure.
#pragma once

#include <string>

#include "engine/yaml/shape.h"

namespace gitops {

/// The shape of the whole file.
Shape ReconcilerShape();

/// Its parts that are read one by one, so that a mistake in one does not hide those in others.
Shape ReconcilerSourceShape();
Shape ReconcilerEnvironmentShape();
Shape ReconcilerLimitsShape();
Shape ReconcilerServerShape();
Shape ReconcilerTlsShape();
Shape ReconcilerServerLimitsShape();
Shape ReconcilerAppUsersShape();
Shape ReconcilerLogShape();
Shape ReconcilerNotificationShape();
Shape ReconcilerTelemetryShape();
Shape ReconcilerCommitStatusShape();

/// A name: 1 to 63 of a-z 0-9 -.
Shape NameShape();
/// A text with at least one byte that names a file.
Shape PathShape();
/// Where a secret is kept. A text in its place would be the secret itself: the reader warns.
Shape SecretShape();

/// The JSON Schema (2020-12) of the whole file.
std::string ReconcilerJsonSchema();

/// The bytes a webhook secret needs at least.
inline constexpr std::size_t kWebhookSecretBytes = 16;

}  // namespace gitops
