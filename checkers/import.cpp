#include "checkers/import.h"

#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "harness/error.h"
#include "harness/history_file.h"

namespace clew {
namespace {

[[noreturn]] void reject(std::size_t line, const std::string& why) {
  throw UsageError("line " + std::to_string(line) + ": " + why);
}

// Calls `each(line, number, whole)`; `whole` is false for a last line without newline.
template <class Each>
void for_each_line(const std::string& text, const Each& each) {
  std::size_t number = 1;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t end = text.find('\n', at);
    const bool whole = end != std::string::npos;
    std::string_view line = std::string_view(text).substr(at, (whole ? end : text.size()) - at);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    each(line, number, whole);
    at = whole ? end + 1 : text.size();
  }
}

History read_jsonl(const std::string& text, FailMeans fail_means) {
  std::vector<Op> ops;
  for_each_line(text, [&](std::string_view line, std::size_t number, bool whole) {
    if (!whole || line.empty()) return;
    ops.push_back(parse_history_line(line, number));
    Op& op = ops.back();
    if (fail_means == FailMeans::absent && op.kind == Kind::fail && op.error == compare_failed)
      op.error = "failed";
  });
  return History(std::move(ops));
}

// One event of a console log: "INFO  jepsen.util - <process>\t<:type>\t<:f>\t<value>[\t...]".
class JepsenLog {
 public:
  explicit JepsenLog(FailMeans fail_means) : fail_means_(fail_means) {}

  void line(std::string_view line, std::size_t number) {
    static constexpr std::string_view mark = "jepsen.util - ";
    const std::size_t at = line.find(mark);
    if (at == std::string_view::npos) return;  // Something else was logged.
    const auto fields = split(line.substr(at + mark.size()));
    std::int64_t process = 0;
    if (fields.size() < 3 || !number_of(fields[0], process)) return;  // The nemesis, or prose.
    if (fields[1].empty() || fields[1][0] != ':' || fields[2].empty() || fields[2][0] != ':')
      return;
    Op op{.index = static_cast<std::int64_t>(ops_.size()),
          .time = Nanos(static_cast<std::int64_t>(ops_.size()))};
    op.f = std::string(fields[2].substr(1));
    op.kind = kind_of(fields[1], number);
    op.process = own_number(process, op.kind);
    const std::string_view value = fields.size() > 3 ? fields[3] : "nil";
    if (op.kind == Kind::invoke || op.kind == Kind::ok) op.value = value_of(value, number);
    if (op.kind == Kind::fail || op.kind == Kind::info)
      op.error = value.empty() ? "failed" : std::string(value);
    if (op.kind == Kind::fail && op.f == "cas")
      op.error = fail_means_ == FailMeans::observed ? std::string(compare_failed) : "failed";
    ops_.push_back(std::move(op));
  }

  History finish() { return History(std::move(ops_)); }

 private:
  static std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> fields;
    for (;;) {
      const std::size_t tab = text.find('\t');
      fields.push_back(text.substr(0, tab));
      if (tab == std::string_view::npos) return fields;
      text.remove_prefix(tab + 1);
    }
  }

  static bool number_of(std::string_view text, std::int64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
  }

  static Kind kind_of(std::string_view text, std::size_t number) {
    for (const Kind kind : {Kind::invoke, Kind::ok, Kind::fail, Kind::info})
      if (text.substr(1) == to_string(kind)) return kind;
    reject(number, "':invoke, :ok, :fail or :info was expected, not '" + std::string(text) + "'");
  }

  // nil, an integer, or a vector of these.
  static Value value_of(std::string_view text, std::size_t number) {
    if (text.empty() || text == "nil") return {};
    std::int64_t integer = 0;
    if (number_of(text, integer)) return integer;
    if (text.size() < 2 || text.front() != '[' || text.back() != ']')
      reject(number, "'" + std::string(text) + "' is no nil, number or [old new]");
    Value::List list;
    text = text.substr(1, text.size() - 2);
    while (!text.empty()) {
      const std::size_t space = std::min(text.find(' '), text.size());
      if (space > 0) list.push_back(value_of(text.substr(0, space), number));
      text.remove_prefix(std::min(space + 1, text.size()));
    }
    return list;
  }

  // Processes of a log may go on after an :info; ours may not: they get a fresh number.
  std::int64_t own_number(std::int64_t process, Kind kind) {
    if (kind == Kind::invoke && retired_.erase(process) > 0) numbers_[process] = fresh_++;
    if (kind == Kind::info) retired_.insert(process);
    const auto it = numbers_.find(process);
    return it == numbers_.end() ? process : it->second;
  }

  FailMeans fail_means_;
  std::vector<Op> ops_;
  std::set<std::int64_t> retired_;
  std::map<std::int64_t, std::int64_t> numbers_;
  std::int64_t fresh_ = 1'000'000'000;
};

}  // namespace

History load_history(const std::string& text, FailMeans fail_means) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return History{};
  if (text[first] == '{' && text.find("\"type\"") != std::string::npos)
    return read_jsonl(text, fail_means);
  if (text.find("jepsen.util - ") == std::string::npos)
    throw UsageError("line 1: this is neither clew's history.jsonl nor a Jepsen console log");
  JepsenLog log(fail_means);
  for_each_line(text, [&](std::string_view line, std::size_t number, bool /*whole*/) {
    log.line(line, number);
  });
  return log.finish();
}

}  // namespace clew
