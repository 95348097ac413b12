#include "differ/render_parts.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <set>
#include <tuple>

#include "differ/text_layout.h"
#include "engine/base/check.h"
#include "engine/base/redactor.h"
#include "engine/base/timestamp.h"

namespace gitops {
namespace {

constexpr std::size_t kRowIndent = 2;
constexpr std::size_t kFieldIndent = 6;
/// Fields of one action that are shown unless everything is asked for.
constexpr std::size_t kMostFields = 12;
/// A longer name pushes its own value to the right and not those of its neighbours.
constexpr std::size_t kWidestName = 36;

std::size_t Width(const RenderOptions& options) {
  return options.width > 0 && !options.verbose ? static_cast<std::size_t>(options.width) : 0;
}

/// What is left of the width after `used` columns; 0 means no limit.
std::size_t Remaining(const RenderOptions& options, std::size_t used) {
  const std::size_t width = Width(options);
  if (width == 0) return 0;
  constexpr std::size_t kLeast = 24;
  return std::max(width > used ? width - used : 0, kLeast);
}

/// A change that is to be shown, with its name as it is shown.
struct Field {
  const Change* change = nullptr;
  std::string name;
  std::size_t columns = 0;  ///< Of the name.
};

void AppendField(const Field& field, std::size_t name_width, const RenderOptions& options,
                 std::string& text) {
  const Painter painter(options);
  const Change& change = *field.change;
  const std::size_t columns = std::max(name_width, field.columns);
  const std::size_t room = Remaining(options, kFieldIndent + 2 + columns + 2);
  const bool both = change.from && change.to;
  const Ink ink = both ? Ink::kYellow : change.to ? Ink::kGreen : Ink::kRed;
  text.append(kFieldIndent, ' ');
  painter.Add(ink, both ? "~" : change.to ? "+" : "-", 0, text);
  text.append(1, ' ').append(field.name).append(columns - field.columns + 2, ' ');
  if (both) {
    const std::size_t arrow = DisplayWidth(painter.Arrow());
    const auto [from, to] = CutPair(ShowValue(*change.from), ShowValue(*change.to),
                                    room == 0 ? 0 : room - arrow, painter.Ellipsis());
    painter.Add(Ink::kRed, from, 0, text);
    painter.Add(Ink::kDim, painter.Arrow(), 0, text);
    painter.Add(Ink::kGreen, to, 0, text);
  } else {
    text += CutEnd(ShowValue(change.to ? *change.to : change.from.value_or("")), room,
                   painter.Ellipsis());
  }
  text.append(1, '\n');
}

/// An order of changes by what is in them.
struct ByContent {
  bool operator()(const Change* a, const Change* b) const {
    return std::tie(a->path, a->from, a->to) < std::tie(b->path, b->from, b->to);
  }
};
using ShownChanges = std::pmr::set<const Change*, ByContent>;

void AppendFields(const std::vector<Change>& changes, ShownChanges& shown,
                  const RenderOptions& options, std::string& text) {
  std::vector<Field> fresh;
  fresh.reserve(changes.size());
  for (const Change& change : changes) {
    if (shown.insert(&change).second || options.verbose) fresh.push_back({&change, "", 0});
  }
  const std::size_t count =
      options.verbose || fresh.size() <= kMostFields + 1 ? fresh.size() : kMostFields;
  std::size_t name_width = 0;
  for (std::size_t i = 0; i < count; ++i) {
    fresh[i].name = EscapeLine(fresh[i].change->path);
    fresh[i].columns = DisplayWidth(fresh[i].name);
    name_width = std::max(name_width, std::min(kWidestName, fresh[i].columns));
  }
  for (std::size_t i = 0; i < count; ++i) AppendField(fresh[i], name_width, options, text);
  if (count < fresh.size()) {
    const Painter painter(options);
    text += std::string(kFieldIndent, ' ') +
            painter.Paint(Ink::kDim, std::string(painter.Ellipsis()) + " and " +
                                         std::to_string(fresh.size() - count) +
                                         " more; -o json shows them all") +
            "\n";
  }
}

std::string_view VerbOf(ActionKind kind) { return ToString(kind); }

/// What became of an action: "created", "failed", "skipped", …
std::string_view Outcome(const ActionReport& action) {
  switch (action.status) {
    case ActionStatus::kPending:
      return "not run";
    case ActionStatus::kRunning:
      return "running";
    case ActionStatus::kFailed:
      return "failed";
    case ActionStatus::kSkipped:
      return "skipped";
    case ActionStatus::kUnknown:
      return "unknown";
    case ActionStatus::kSucceeded:
      break;
  }
  static constexpr std::array<std::string_view, 5> kDone = {"created", "updated", "replaced",
                                                            "deleted", "ran"};
  return kDone[static_cast<std::size_t>(action.kind)];
}

bool IsBad(ActionStatus status) {
  return status == ActionStatus::kFailed || status == ActionStatus::kUnknown;
}

/// Widths of the columns that all rows share.
struct Columns {
  std::size_t sign = 0, address = 0, verb = 0, timing = 0;
};

Columns Measure(const std::vector<StepRow>& rows) {
  Columns columns;
  for (const StepRow& row : rows) {
    columns.sign = std::max(columns.sign, DisplayWidth(row.sign));
    columns.address = std::max(columns.address, DisplayWidth(row.address));
    columns.verb = std::max(columns.verb, DisplayWidth(row.verb));
    columns.timing = std::max(columns.timing, DisplayWidth(row.timing));
  }
  return columns;
}

void AppendRow(const StepRow& row, const Columns& columns, const RenderOptions& options,
               std::string& text) {
  const Painter painter(options);
  text.append(kRowIndent, ' ');
  painter.Add(row.ink, row.sign, columns.sign, text);
  text += ' ';
  painter.Add(Ink::kBold, row.address, columns.address, text);
  text += "  ";
  painter.Add(row.ink, row.verb, columns.verb, text);
  std::size_t used = kRowIndent + columns.sign + 1 + columns.address + 2 + columns.verb;
  if (columns.timing > 0) {
    text += "  ";
    painter.Add(Ink::kDim, row.timing, columns.timing, text);
    used += 2 + columns.timing;
  }
  used += 2;
  std::size_t gap = 2;
  if (!row.why.empty()) {
    for (const std::string& line : WrapText(row.why, Remaining(options, used))) {
      text.append(gap, ' ').append(line).append(1, '\n');
      gap = used;
    }
  } else {
    text += '\n';
  }
}

std::string WhyText(const ActionReport& action, const RenderOptions& options) {
  if (action.guard.empty()) return EscapeLine(action.reason.text);
  // The guard says what the reason says, and more precisely.
  const std::string only = "only " + EscapeLine(action.guard);
  return options.verbose ? EscapeLine(action.reason.text) + "; " + only : only;
}

}  // namespace

StepRow RowOf(const ActionReport& action, bool carried_out, const RenderOptions& options) {
  const Painter painter(options);
  StepRow row;
  row.sign = painter.Sign(action.kind);
  row.ink = painter.InkOf(action.kind);
  row.address = EscapeLine(action.address.ToString());
  row.verb = carried_out ? Outcome(action) : VerbOf(action.kind);
  if (carried_out && IsBad(action.status)) row.ink = Ink::kRed;
  if (carried_out && action.duration) row.timing = FormatDuration(*action.duration);
  row.why = WhyText(action, options);
  // What a step that goes away was made of is of little interest.
  if (action.kind != ActionKind::kDelete || options.verbose) row.changes = &action.changes;
  return row;
}

std::string RenderRows(const std::vector<StepRow>& rows, const RenderOptions& options) {
  const Columns columns = Measure(rows);
  // Most apps have few changes: nothing has to be got from elsewhere for them.
  std::array<std::byte, 4096> first;
  std::pmr::monotonic_buffer_resource memory(first.data(), first.size());
  ShownChanges shown(&memory);
  std::string text;
  for (const StepRow& row : rows) {
    AppendRow(row, columns, options, text);
    if (row.changes != nullptr) AppendFields(*row.changes, shown, options, text);
  }
  return text;
}

std::string RenderParagraph(std::string_view text, std::size_t indent, const RenderOptions& options,
                            Ink ink) {
  const Painter painter(options);
  std::string result;
  for (const std::string& line : WrapText(EscapeControl(text), Remaining(options, indent))) {
    result += std::string(indent, ' ') + painter.Paint(ink, line) + "\n";
  }
  return result;
}

std::string Counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string JoinList(const std::vector<std::string>& items, std::string_view separator) {
  std::string text;
  for (const std::string& item : items) {
    if (item.empty()) continue;
    if (!text.empty()) text += separator;
    text += item;
  }
  return text;
}

}  // namespace gitops
