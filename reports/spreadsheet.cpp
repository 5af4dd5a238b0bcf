#include "reports/spreadsheet.h"

namespace clew {
namespace {

void add_field(std::string& line, const std::string& text) {
  if (!line.empty()) line += ',';
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) line += c == '"' ? std::string("\"\"") : std::string(1, c);
  line += '"';
}

}  // namespace

std::string operations_csv(const History& history) {
  std::string out =
      "index,process,node,f,key,asked,outcome,answer,error,invoked_ns,ended_ns,took_ns\r\n";
  const auto ops = history.ops();
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    if (op.process == nemesis_process || op.kind != Kind::invoke) continue;
    const std::size_t at = history.completion(i);
    const Op* end = at == History::none ? nullptr : &ops[at];
    const auto json = [](const Value& value) { return value.is_nil() ? "" : to_json(value); };
    std::string line = std::to_string(op.index);
    add_field(line, std::to_string(op.process));
    add_field(line, op.node);
    add_field(line, op.f);
    add_field(line, op.key);
    add_field(line, json(op.value));
    add_field(line, std::string(to_string(end == nullptr ? Kind::info : end->kind)));
    add_field(line, end == nullptr ? "" : json(end->value));
    add_field(line, end == nullptr ? "" : end->error);
    add_field(line, std::to_string(op.time.count()));
    add_field(line, end == nullptr ? "" : std::to_string(end->time.count()));
    add_field(line, end == nullptr ? "" : std::to_string((end->time - op.time).count()));
    out += line + "\r\n";
  }
  return out;
}

}  // namespace clew
