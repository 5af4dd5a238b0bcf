#include "harness/history_file.h"

#include <fstream>
#include <sstream>

#include "harness/error.h"

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

HistoryFile read_history_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UsageError(path.string() + ": cannot be opened; is it a file you may read?");
  HistoryFile file;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (in.eof()) {  // No newline at its end: the run died while writing it.
      file.cut = !line.empty();
      break;
    }
    if (line.empty()) continue;
    try {
      file.ops.push_back(parse_history_line(line, number));
    } catch (const UsageError& e) { throw UsageError(path.string() + ": " + e.what()); }
  }
  return file;
}

}  // namespace clew
