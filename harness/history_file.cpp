#include "harness/history_file.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "harness/error.h"
#include "harness/event_reader.h"
#include "harness/huge_pages.h"

namespace clew {
namespace {

void append_number(std::string& out, std::int64_t number) { append_json(out, Value(number)); }

[[noreturn]] void reject(std::size_t line_number, const std::string& why) {
  throw UsageError("line " + std::to_string(line_number) + ": " + why);
}

std::int64_t take_int(const Value& event, std::string_view name, std::size_t line_number) {
  const Value* member = event.find(name);
  if (member == nullptr || !member->is_int())
    reject(line_number, "\"" + std::string(name) + "\" must be a whole number");
  return member->as_int();
}

std::string take_text(const Value& event, std::string_view name, std::size_t line_number) {
  const Value* member = event.find(name);
  if (member == nullptr || member->is_nil()) return {};
  if (!member->is_text()) reject(line_number, "\"" + std::string(name) + "\" must be a string");
  return member->as_text();
}

Kind take_kind(const Value& event, std::size_t line_number) {
  const std::string text = take_text(event, "type", line_number);
  for (const Kind kind : {Kind::invoke, Kind::ok, Kind::fail, Kind::info})
    if (text == to_string(kind)) return kind;
  reject(line_number, "\"type\" must be invoke, ok, fail or info, not \"" + text + "\"");
}

// Takes whole lines from a text that may come in parts.
class Lines {
 public:
  explicit Lines(HistoryFile& file) : file_(file) {}

  // So that a million events are not moved about while they are read.
  void expect(std::string_view sample, std::size_t bytes) {
    sample = sample.substr(0, std::size_t{64} << 10);
    if (sample.empty()) return;
    const auto lines = static_cast<std::size_t>(std::count(sample.begin(), sample.end(), '\n'));
    reserve_on_huge_pages(file_.ops, lines * (bytes / sample.size() + 1));
  }

  // Returns how many bytes it took. The reader's padding must be readable behind `text`.
  std::size_t take(std::string_view text) {
    std::size_t at = 0;
    for (;;) {
      const char* begin = text.data() + at;
      const void* newline = std::memchr(begin, '\n', text.size() - at);
      if (newline == nullptr) return at;
      const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - begin);
      line(text.substr(at, length));
      at += length + 1;
    }
  }

 private:
  void line(std::string_view line) {
    ++number_;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) return;
    Op& op = file_.ops.emplace_back();
    if (!quick_.read(line, op)) op = parse_history_line(line, number_);
  }

  HistoryFile& file_;
  EventReader quick_{};
  std::size_t number_ = 0;
};

}  // namespace

void append_history_rest(std::string& out, const Op& op) {
  out += ",\"process\":";
  if (op.process < 0) {
    out += "\"nemesis\"";
  } else {
    append_number(out, op.process);
  }
  out += ",\"type\":\"";
  out += to_string(op.kind);
  out += "\",\"f\":";
  append_json_string(out, op.f);
  if (!op.key.empty()) {
    out += ",\"key\":";
    append_json_string(out, op.key);
  }
  out += ",\"value\":";
  append_json(out, op.value);
  if (!op.node.empty()) {
    out += ",\"node\":";
    append_json_string(out, op.node);
  }
  if (!op.error.empty()) {
    out += ",\"error\":";
    append_json_string(out, op.error);
  }
  out += "}\n";
}

void append_history_line(std::string& out, const Op& op) {
  out += "{\"index\":";
  append_number(out, op.index);
  out += ",\"time\":";
  append_number(out, op.time.count());
  append_history_rest(out, op);
}

Op parse_history_line(std::string_view line, std::size_t line_number) {
  Value event;
  try {
    event = parse_json(line);
  } catch (const UsageError& e) { reject(line_number, e.what()); }
  if (!event.is_object()) reject(line_number, "an event must be a JSON object");
  Op op{};
  op.index = take_int(event, "index", line_number);
  op.time = Nanos(take_int(event, "time", line_number));
  op.kind = take_kind(event, line_number);
  op.f = take_text(event, "f", line_number);
  op.key = take_text(event, "key", line_number);
  op.node = take_text(event, "node", line_number);
  op.error = take_text(event, "error", line_number);
  if (const Value* value = event.find("value")) op.value = *value;
  const Value* process = event.find("process");
  if (process != nullptr && process->is_text() && process->as_text() == "nemesis") {
    op.process = nemesis_process;
  } else {
    op.process = take_int(event, "process", line_number);
    if (op.process < 0) reject(line_number, "\"process\" must not be negative");
  }
  if (op.f.empty()) reject(line_number, "\"f\" is missing");
  return op;
}

HistoryFile parse_history(std::string& text) {
  const std::size_t size = text.size();
  text.append(EventReader::padding(), ' ');
  const std::string_view all = std::string_view(text).substr(0, size);
  HistoryFile file;
  Lines lines(file);
  lines.expect(all, size);
  file.cut = lines.take(all) < size;  // The run died while writing the last line.
  return file;
}

// Part by part: a long run's file need not be in memory beside its events.
HistoryFile read_history_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UsageError(path.string() + ": cannot be opened; is it a file you may read?");
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  HistoryFile file;
  Lines lines(file);
  std::string part;
  std::size_t size = 0;  // Of what is in `part` and not taken yet.
  for (std::size_t room = std::size_t{1} << 20;;) {
    part.resize(room + EventReader::padding());
    in.read(part.data() + size, static_cast<std::streamsize>(room - size));
    const auto got = static_cast<std::size_t>(in.gcount());
    size += got;
    if (got == 0) break;
    const std::string_view text = std::string_view(part).substr(0, size);
    if (file.ops.empty() && !error) lines.expect(text, bytes);
    std::size_t taken = 0;
    try {
      taken = lines.take(text);
    } catch (const UsageError& e) { throw UsageError(path.string() + ": " + e.what()); }
    std::memmove(part.data(), part.data() + taken, size - taken);
    size -= taken;
    if (size == room) room *= 2;  // A line longer than that.
  }
  file.cut = size > 0;
  return file;
}

}  // namespace clew
