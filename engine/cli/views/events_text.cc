#include "engine/cli/views/events_text.h"

#include "engine/base/timestamp.h"
#include "engine/cli/views/text_table.h"

namespace gitops {
namespace {

Ink InkOf(RunStatus status) {
  if (status == RunStatus::kSucceeded) return Ink::kPlain;
  return status == RunStatus::kRunning ? Ink::kDim : Ink::kRed;
}

void AddWork(TextTable& table, const CausedWork& work) {
  if (work.runs.empty()) {
    table.AddRow({{""}, {"  app", Ink::kDim}, {work.app.ToString()}, {""}, {"no run so far"}});
  }
  for (const CausedRun& run : work.runs) {
    const std::string why =
        run.trigger == RunTrigger::kSync ? "" : " (" + std::string(ToString(run.trigger)) + ")";
    table.AddRow({{""},
                  {"  run", Ink::kDim},
                  {work.app.ToString()},
                  {std::to_string(run.id)},
                  {std::string(ToString(run.status)) + why, InkOf(run.status)}});
  }
}

void AddWhatItCaused(TextTable& table, const Delivery& delivery) {
  if (!delivery.look) {
    if (delivery.asked == 0) return;
    table.AddRow({{""}, {"  look", Ink::kDim}, {delivery.source}, {""}, {"not yet"}});
    return;
  }
  const AnsweringLook& look = *delivery.look;
  std::string told = look.result;
  if (look.changed > 0) {
    told += "; " + std::to_string(look.changed) + (look.changed == 1 ? " app" : " apps");
  }
  table.AddRow({{FormatTimestamp(look.time), Ink::kDim},
                {"  look", Ink::kDim},
                {delivery.source},
                {""},
                {told}});
  for (const CausedWork& work : look.apps) AddWork(table, work);
}

}  // namespace

std::string EventsText(const std::vector<Event>& events, const DeliveriesOfEvents& deliveries,
                       const RenderOptions& options) {
  if (events.empty()) return "Nothing happened yet.\n";
  TextTable table({"TIME", "TYPE", "ABOUT", "RUN", "MESSAGE"});
  for (const Event& event : events) {
    const Ink ink = event.severity == Severity::kError     ? Ink::kRed
                    : event.severity == Severity::kWarning ? Ink::kYellow
                                                           : Ink::kPlain;
    table.AddRow({{FormatTimestamp(event.time), Ink::kDim},
                  {event.type, ink},
                  {event.app ? event.app->ToString() : event.source},
                  {event.run == 0 ? "" : std::to_string(event.run)},
                  {event.message}});
    const auto delivery = deliveries.find(event.id);
    if (delivery != deliveries.end()) AddWhatItCaused(table, delivery->second);
  }
  return table.Render(options);
}

}  // namespace gitops
