#include "tests/support/timeline.h"

#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace clew::testing {
namespace {

Value value_of(const std::string& text) {
  return text == "nil" ? Value() : Value(std::int64_t{std::stoll(text)});
}

}  // namespace

History draw(std::string_view picture) {
  static const std::regex call(R"(\|-+([a-z]+) (nil|\d+)(?:->(\d+))?( refused)?(-+\||\.+))");
  std::vector<Op> ops;
  std::istringstream lines{std::string(picture)};
  std::int64_t process = 0;
  for (std::string line; std::getline(lines, line);) {
    bool any = false;
    for (auto it = std::sregex_iterator(line.begin(), line.end(), call);
         it != std::sregex_iterator{}; ++it, ++process) {
      const auto& m = *it;
      any = true;
      Op op{.index = static_cast<std::int64_t>(ops.size()),
            .time = Nanos(m.position()),
            .process = process,  // A fresh one each, since some never come back.
            .f = m.str(1)};
      if (op.f == "write") op.value = value_of(m.str(2));
      if (op.f == "cas") op.value = Value::List{value_of(m.str(2)), value_of(m.str(3))};
      ops.push_back(op);
      if (m.str(5).front() == '.') continue;
      op.index = static_cast<std::int64_t>(ops.size());
      op.time = Nanos(m.position() + m.length() - 1);
      op.kind = m[4].matched ? Kind::fail : Kind::ok;
      if (m[4].matched) op.error = std::string(compare_failed);
      if (op.f == "read") op.value = value_of(m.str(2));
      ops.push_back(op);
    }
    if (!any && line.find('|') != std::string::npos)
      throw std::logic_error("not understood: " + line);
  }
  return History(std::move(ops));
}

}  // namespace clew::testing
