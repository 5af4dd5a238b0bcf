#include <algorithm>
#include <charconv>

#include "checkers/import_formats.h"
#include "harness/error.h"

namespace clew {
namespace {

constexpr std::string_view mark = "jepsen.util - ";

[[noreturn]] void reject(std::size_t line, const std::string& why) {
  throw UsageError("line " + std::to_string(line) + ": " + why);
}

// One event of a console log: "INFO  jepsen.util - <process>\t<:type>\t<:f>\t<value>[\t...]".
class JepsenLog {
 public:
  explicit JepsenLog(FailMeans fail_means) : fail_means_(fail_means) {}

  void line(std::string_view line, std::size_t number) {
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
    op.process = own_number_(process, op.kind);
    const std::string_view value = fields.size() > 3 ? fields[3] : "nil";
    if (op.kind == Kind::invoke || op.kind == Kind::ok) op.value = value_of(value, number);
    if (op.kind == Kind::fail || op.kind == Kind::info)
      op.error = value.empty() ? "failed" : std::string(value);
    if (op.kind == Kind::fail && op.f == "cas")
      op.error = fail_means_ == FailMeans::observed ? std::string(compare_failed) : "failed";
    ops_.push_back(std::move(op));
  }

  std::vector<Op> finish() { return std::move(ops_); }

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

  FailMeans fail_means_;
  std::vector<Op> ops_;
  OwnNumbers own_number_{};
};

}  // namespace

bool is_jepsen_log(std::string_view text) { return text.find(mark) != std::string_view::npos; }

Imported import_jepsen_log(std::string_view text, FailMeans fail_means) {
  JepsenLog log(fail_means);
  Imported imported{.format = Format::jepsen_log};
  for (std::size_t at = 0, number = 1; at < text.size(); ++number) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) {  // A value cut short would be another value.
      imported.cut = true;
      break;
    }
    std::string_view line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    log.line(line, number);
    at = end + 1;
  }
  imported.ops = log.finish();
  return imported;
}

}  // namespace clew
