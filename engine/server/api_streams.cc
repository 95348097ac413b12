#include "engine/server/api_streams.h"

#include <algorithm>
#include <chrono>

#include "engine/model/delivery_documents.h"
#include "engine/model/json_writer.h"
#include "engine/server/api_problem.h"
#include "engine/server/log_file.h"
#include "engine/store/event_deliveries.h"

namespace gitops {
namespace {

constexpr std::chrono::milliseconds kRound{200};
constexpr int kRoundsBetweenSigns = 75;  ///< 15 s: proxies cut off what is silent for longer.
constexpr int kEventsEachRound = 500;

/// One event; `data` has no newline.
void AppendEvent(std::string& text, std::int64_t id, std::string_view type, std::string_view data) {
  text += "id: " + std::to_string(id) + "\nevent: ";
  text += type;
  text += "\ndata: ";
  text += data;
  text += "\n\n";
}

std::string EventData(const Event& event, const DeliveriesOfEvents& deliveries) {
  std::string data;
  JsonWriter writer(data, JsonLayout::kCompact);
  const auto found = deliveries.find(event.id);
  WriteEvent(writer, event, found == deliveries.end() ? nullptr : &found->second);
  return data;
}

std::string LineData(const std::string& line) {
  std::string data;
  AppendJsonString(data, line);
  return data;
}

}  // namespace

ApiStreams::ApiStreams(ApiParts& parts, ApiAccess& access) : parts_(parts), access_(access) {
  thread_.Start([this] { Work(); });
}

void ApiStreams::Stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.Join();
}

void ApiStreams::FollowEvents(const EventFilter& filter, const ApiCaller& caller,
                              const HttpHead& head, HttpReply& reply) {
  EventFilter wanted = filter;
  if (wanted.after_id == 0) {
    EventFilter newest;
    newest.limit = 1;
    const auto events = parts_.store.ListEvents(newest);
    if (!events) return reply.Send(ApiProblem(ProblemOf(events.error()), head.request_id));
    // An event before all others stands for "from the beginning" when there is none yet.
    wanted.after_id = events->empty() ? -1 : events->back().id;
  }
  wanted.limit = kEventsEachRound;
  Add({nullptr, caller, wanted, 0, {}, 0, 0}, head, reply);
}

void ApiStreams::FollowLog(const Run& run, std::int64_t offset, const ApiCaller& caller,
                           const HttpHead& head, HttpReply& reply) {
  Add({nullptr, caller, std::nullopt, run.id, run.plan.app, offset, 0}, head, reply);
}

void ApiStreams::Add(Follower follower, const HttpHead& head, HttpReply& reply) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || count_ >= kMost) {
      return reply.Send(ApiProblem({503, std::string(kTooBusy), "too many streams are open", "",
                                    "close some, or ask again later"},
                                   head.request_id));
    }
    ++count_;
    HttpResponse begin;
    begin.headers.Add("Content-Type", "text/event-stream");
    begin.headers.Add("Cache-Control", "no-store");
    follower.stream = reply.Begin(std::move(begin));
    // So that a client sees that it is connected before anything happens.
    follower.stream->Write(": connected\n\n");
    joining_.push_back(std::move(follower));
  }
  changed_.notify_all();
}

void ApiStreams::Work() {
  std::vector<Follower> followers;
  std::int64_t version = -1;
  while (true) {
    bool joined = false;
    {
      std::unique_lock lock(mutex_);
      if (followers.empty()) {
        changed_.wait(lock, [&] { return ending_ || !joining_.empty(); });
      } else {
        changed_.wait_for(lock, kRound, [&] { return ending_ || !joining_.empty(); });
      }
      if (ending_) break;
      joined = !joining_.empty();
      for (Follower& follower : joining_) followers.push_back(std::move(follower));
      joining_.clear();
    }
    const auto now = parts_.listing.Version();
    const bool changed = !now || *now != version || joined;
    version = now ? *now : -1;
    std::erase_if(followers, [&](Follower& follower) {
      if (Serve(follower, changed)) return false;
      follower.stream->Close();
      return true;
    });
    const std::lock_guard lock(mutex_);
    count_ = followers.size() + joining_.size();
  }
  for (Follower& follower : followers) follower.stream->Close();
  const std::lock_guard lock(mutex_);
  for (Follower& follower : joining_) follower.stream->Close();
  joining_.clear();
}

bool ApiStreams::Serve(Follower& follower, bool changed) {
  if (follower.stream->closed()) return false;
  std::string text;
  const bool sign = ++follower.quiet >= kRoundsBetweenSigns;
  // A token that was revoked changes the database; one that expires does not.
  if ((changed || sign) && !access_.IsStillGood(follower.caller.digest())) return false;
  bool stays = true;
  if (follower.events && changed) stays = ServeEvents(follower, text);
  if (!follower.events) stays = ServeLog(follower, text);
  if (text.empty() && sign) text = ": still here\n\n";
  if (text.empty()) return stays;
  follower.quiet = 0;
  return follower.stream->Write(std::move(text)) && stays;
}

bool ApiStreams::ServeEvents(Follower& follower, std::string& text) {
  const auto events = parts_.store.ListEvents(*follower.events);
  if (!events) return true;  // Busy: the next round asks again.
  const auto deliveries = FindDeliveries(parts_.deliveries, *events);
  if (!deliveries) return true;
  for (const Event& event : *events) {
    follower.events->after_id = event.id;
    const bool visible =
        follower.caller.SeesAll() || (event.app && follower.caller.Sees(*event.app));
    if (visible) AppendEvent(text, event.id, event.type, EventData(event, *deliveries));
  }
  return true;
}

bool ApiStreams::ServeLog(Follower& follower, std::string& text) {
  // The status is read first: what was written before the run ended is in the file then.
  const auto run = parts_.store.LoadRun(follower.run);
  if (!run) return true;
  const bool over = !*run || (*run)->status != RunStatus::kRunning;
  const auto piece =
      ReadLogFrom(parts_.run_log_path(follower.app, follower.run), follower.offset, over);
  if (piece) {
    for (std::size_t i = 0; i < piece->lines.size(); ++i) {
      AppendEvent(text, piece->ends[i], "log", LineData(piece->lines[i]));
    }
    follower.offset = std::max(follower.offset, piece->end);
    if (!piece->lines.empty()) return true;
  }
  if (!over) return true;
  AppendEvent(text, follower.offset, "end",
              LineData(*run ? std::string(ToString((*run)->status)) : std::string("gone")));
  return false;
}

}  // namespace gitops
