#include "harness/history_file.h"

#include <algorithm>
#include <cstring>

#include "harness/atomic_file.h"
#include "harness/error.h"
#include "harness/event_reader.h"

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

// About how many lines there are, so that a million events are not moved about while they are read.
std::size_t guess_lines(std::string_view text) {
  const std::size_t sample = std::min(text.size(), std::size_t{64} << 10);
  if (sample == 0) return 0;
  const auto lines =
      static_cast<std::size_t>(std::count(text.begin(), text.begin() + sample, '\n'));
  return lines * (text.size() / sample + 1);
}

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
  HistoryFile file;
  file.ops.reserve(guess_lines(std::string_view(text).substr(0, size)));
  EventReader quick;
  for (std::size_t at = 0, number = 1; at < size; ++number) {
    const char* begin = text.data() + at;
    const void* newline = std::memchr(begin, '\n', size - at);
    if (newline == nullptr) {  // The run died while writing it.
      file.cut = true;
      break;
    }
    const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - begin);
    std::string_view line(begin, length);
    at += length + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    Op& op = file.ops.emplace_back();
    if (!quick.read(line, op)) op = parse_history_line(line, number);
  }
  return file;
}

HistoryFile read_history_file(const std::filesystem::path& path) {
  std::string text = read_file(path);
  try {
    return parse_history(text);
  } catch (const UsageError& e) { throw UsageError(path.string() + ": " + e.what()); }
}

}  // namespace clew
