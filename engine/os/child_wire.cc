#include "engine/os/child_wire.h"

#include <cstring>
#include <utility>
#include <vector>

namespace gitops {
namespace {

class Writer {
 public:
  void Number(std::int64_t number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    bytes_.append(bytes, sizeof number);
  }
  void Text(std::string_view text) {
    Number(static_cast<std::int64_t>(text.size()));
    bytes_ += text;
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Once something is missing everything that follows is empty, and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::int64_t Number() {
    std::int64_t number = 0;
    if (rest_.size() < sizeof number) {
      ok_ = false;
      return 0;
    }
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
    return number;
  }
  std::string Text() {
    const std::int64_t size = Number();
    if (size < 0 || static_cast<std::uint64_t>(size) > rest_.size()) {
      ok_ = false;
      return "";
    }
    std::string text(rest_.substr(0, static_cast<std::size_t>(size)));
    rest_.remove_prefix(text.size());
    return text;
  }
  /// How many items follow; none when that cannot be.
  std::int64_t Count() {
    const std::int64_t count = Number();
    if (count < 0 || static_cast<std::uint64_t>(count) > rest_.size()) ok_ = false;
    return ok_ ? count : 0;
  }
  bool ok() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

void WriteTexts(Writer& writer, const std::vector<std::string>& texts) {
  writer.Number(static_cast<std::int64_t>(texts.size()));
  for (const std::string& text : texts) writer.Text(text);
}

std::vector<std::string> ReadTexts(Reader& reader) {
  std::vector<std::string> texts;
  for (std::int64_t left = reader.Count(); left > 0; --left) texts.push_back(reader.Text());
  return texts;
}

void WriteView(Writer& writer, const PrivateView& view) {
  writer.Text(view.hidden);
  writer.Number(view.hidden_is_open ? 1 : 0);
  WriteTexts(writer, view.way);
  writer.Text(view.kept);
  writer.Text(view.temporary);
  WriteTexts(writer, view.temporary_targets);
}

PrivateView ReadView(Reader& reader) {
  PrivateView view;
  view.hidden = reader.Text();
  view.hidden_is_open = reader.Number() != 0;
  view.way = ReadTexts(reader);
  view.kept = reader.Text();
  view.temporary = reader.Text();
  view.temporary_targets = ReadTexts(reader);
  return view;
}

void WriteConfinement(Writer& writer, const Confinement& confinement) {
  writer.Number(confinement.user ? 1 : 0);
  if (confinement.user) {
    writer.Number(confinement.user->user);
    writer.Number(confinement.user->group);
  }
  writer.Number(confinement.view ? 1 : 0);
  if (confinement.view) WriteView(writer, *confinement.view);
  writer.Number(confinement.no_new_privileges ? 1 : 0);
  writer.Number(confinement.no_core ? 1 : 0);
  writer.Number(confinement.processes);
  writer.Number(confinement.open_files);
  writer.Number(confinement.expendable);
  WriteTexts(writer, confinement.control_groups);
}

Confinement ReadConfinement(Reader& reader) {
  Confinement confinement;
  if (reader.Number() != 0) {
    ChildUser user;
    user.user = static_cast<uid_t>(reader.Number());
    user.group = static_cast<gid_t>(reader.Number());
    confinement.user = user;
  }
  if (reader.Number() != 0) confinement.view = ReadView(reader);
  confinement.no_new_privileges = reader.Number() != 0;
  confinement.no_core = reader.Number() != 0;
  confinement.processes = reader.Number();
  confinement.open_files = reader.Number();
  confinement.expendable = static_cast<int>(reader.Number());
  confinement.control_groups = ReadTexts(reader);
  return confinement;
}

Error Garbled() {
  return MakeError(ErrorKind::kTransient, "a message about a program is garbled",
                   "its parts do not add up");
}

}  // namespace

std::string EncodeSpec(const ProcessSpec& spec) {
  Writer writer;
  WriteTexts(writer, spec.argv);
  writer.Number(static_cast<std::int64_t>(spec.environment.size()));
  for (const auto& [name, value] : spec.environment) {
    writer.Text(name);
    writer.Text(value);
  }
  writer.Text(spec.working_directory);
  writer.Number(spec.memory_limit_bytes);
  writer.Number(spec.file_size_limit_bytes);
  writer.Number(spec.umask.value_or(-1));
  writer.Number(static_cast<std::int64_t>(spec.bind_mounts.size()));
  for (const BindMount& mount : spec.bind_mounts) {
    writer.Text(mount.source);
    writer.Text(mount.target);
  }
  WriteConfinement(writer, spec.confinement);
  return writer.Take();
}

Result<ProcessSpec> DecodeSpec(std::string_view bytes) {
  Reader reader(bytes);
  ProcessSpec spec;
  spec.argv = ReadTexts(reader);
  for (std::int64_t left = reader.Count(); left > 0; --left) {
    std::string name = reader.Text();
    spec.environment[std::move(name)] = reader.Text();
  }
  spec.working_directory = reader.Text();
  spec.memory_limit_bytes = reader.Number();
  spec.file_size_limit_bytes = reader.Number();
  if (const std::int64_t umask = reader.Number(); umask >= 0) spec.umask = static_cast<int>(umask);
  for (std::int64_t left = reader.Count(); left > 0; --left) {
    BindMount mount;
    mount.source = reader.Text();
    mount.target = reader.Text();
    spec.bind_mounts.push_back(std::move(mount));
  }
  spec.confinement = ReadConfinement(reader);
  if (!reader.ok()) return Garbled();
  return spec;
}

std::string EncodeGuardRequest(const GuardRequest& request) {
  Writer writer;
  for (const bool set : request.streams) writer.Number(set ? 1 : 0);
  writer.Text(request.spec);
  return writer.Take();
}

Result<GuardRequest> DecodeGuardRequest(std::string_view bytes) {
  Reader reader(bytes);
  GuardRequest request;
  for (bool& set : request.streams) set = reader.Number() != 0;
  request.spec = reader.Text();
  if (!reader.ok()) return Garbled();
  return request;
}

std::string EncodeNews(const GuardNews& news) {
  Writer writer;
  writer.Number(static_cast<std::int64_t>(news.kind));
  writer.Number(news.number);
  writer.Number(news.guard);
  writer.Number(static_cast<std::int64_t>(news.error.kind));
  writer.Text(news.error.primary().summary);
  writer.Text(news.error.primary().detail);
  writer.Text(news.error.primary().hint);
  return writer.Take();
}

Result<GuardNews> DecodeNews(std::string_view bytes) {
  Reader reader(bytes);
  GuardNews news;
  news.kind = static_cast<GuardNews::Kind>(reader.Number());
  news.number = static_cast<int>(reader.Number());
  news.guard = static_cast<int>(reader.Number());
  const auto kind = static_cast<ErrorKind>(reader.Number());
  std::string summary = reader.Text();
  std::string detail = reader.Text();
  news.error = MakeError(kind, std::move(summary), std::move(detail), reader.Text());
  if (!reader.ok()) return Garbled();
  return news;
}

}  // namespace gitops
