// AppOutcome: how what work on an app found gets into its row. Looks and persons may change the row
// meanwhile: what they wrote is newer and stays.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/model/app_record.h"
#include "engine/model/event.h"
#include "engine/store/store.h"

namespace gitops {

/// Saves `record`, which was made from `loaded`, and brings it up to what a look or a person wrote
/// since: what the app is in its source, its suspension, what was lifted of that which holds it
/// back, and that it has to be looked at again. An app that is gone stays gone.
Status SaveOutcome(Store& store, const AppRecord& loaded, AppRecord& record,
                   const std::vector<Event>& events);

/// The same for work that may itself have changed what holds the app back, and not what it is in
/// its source: its own word about the former counts.
Status SaveOutcome(Store& store, AppRecord& record, const std::vector<Event>& events);

/// Only brings `record` up to what others wrote since it was loaded.
Status CatchUp(Store& store, AppRecord& record);

/// Only takes into `record`, which was made from `loaded`, what a person lifted since. For a run
/// that is about to begin: whatever else others wrote, BeginRun refuses it for.
Status TakeLifted(Store& store, const AppRecord& loaded, AppRecord& record);

}  // namespace gitops
