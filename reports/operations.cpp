#include "reports/operations.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "reports/client_lanes.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::size_t most_characters = 80;
constexpr std::size_t most_errors = 1000;

std::uint64_t micros(Nanos time) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::floor<std::chrono::microseconds>(time).count()));
}

void append(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) out += static_cast<char>((number & 0x7fU) | 0x80U);
  out += static_cast<char>(number);
}

void append_signed(std::string& out, std::int64_t number) {
  append(out,
         (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63));
}

// Numbers texts in order of their first appearance.
class Dictionary {
 public:
  std::uint32_t number(const std::string& text) {
    const auto [it, fresh] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(text);
    return it->second;
  }
  std::size_t size() const { return texts_.size(); }
  // Where clew goes on to show them.
  std::vector<std::string> shown() const {
    std::vector<std::string> texts;
    for (const std::string& text : texts_) texts.push_back(plain(text, most_characters));
    return texts;
  }

 private:
  std::vector<std::string> texts_{};
  std::unordered_map<std::string, std::uint32_t> numbers_{};
};

struct Row {
  std::uint64_t start = 0, end = 0;
  bool returned = false;
  std::int64_t process = 0, index = 0, correction = 0;
  std::uint32_t kind = 0, key = 0, node = 0, error = 0, lane = 0;
  std::size_t invoked = 0;  // In the history.
};

std::string argument_text(const Op& op, const Value& value) {
  if (value.is_nil()) return "";
  if (value.is_int()) return std::to_string(value.as_int());
  if (op.f == "cas" && value.is_list() && value.as_list().size() == 2)
    return plain(to_text(value.as_list()[0]) + " → " + to_text(value.as_list()[1]),
                 most_characters);
  return plain(to_text(value), most_characters);
}

class Lister {
 public:
  Lister(const History& history, const Results& results, const ListLimits& limits)
      : history_(history), limits_(limits), lane_of_(history, results.concurrency) {
    for (const Verdict& verdict : results.verdicts)
      for (const KeyVerdict& key : verdict.keys)
        if (key.outcome != Outcome::valid) keys_.number(key.key);
    failing_ = keys_.size();
    errors_.number("");
  }

  Operations list() {
    collect();
    const std::size_t all = rows_.size();
    if (limits_.failing_operations)
      std::erase_if(rows_, [&](const Row& row) { return row.key >= failing_; });
    count_before();
    Operations out;
    out.count = rows_.size();
    out.left_out = all - rows_.size();
    write_lanes(out);
    write_values(out);
    out.functions = functions_.shown();
    out.keys = keys_.shown();
    out.nodes = nodes_.shown();
    out.errors = errors_.shown();
    return out;
  }

 private:
  Row row_of(std::size_t i) {
    const Op& op = history_.ops()[i];
    const std::size_t end = history_.completion(i);
    Row row{.start = micros(op.time), .process = op.process, .index = op.index, .invoked = i};
    row.key = keys_.number(op.key);
    std::uint32_t outcome = 3;
    std::string node = op.node;
    if (end != History::none) {
      const Op& done = history_.ops()[end];
      row.returned = true;
      row.end = micros(done.time);
      if (!done.node.empty()) node = done.node;
      if (done.kind == Kind::ok) outcome = 0;
      if (done.kind == Kind::fail) outcome = done.error == compare_failed ? 1 : 2;
      if (!done.error.empty() && outcome >= 2)
        row.error = errors_.size() < most_errors ? errors_.number(done.error) : 0;
    }
    row.node = nodes_.number(node);
    row.kind = 4 * functions_.number(op.f) + outcome;
    return row;
  }

  // In order of time, so that lanes are handed on as they became free.
  void collect() {
    const auto ops = history_.ops();
    std::unordered_map<std::size_t, std::uint32_t> lane_at;  // By position of the completion.
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (ops[i].process < 0) continue;
      if (ops[i].kind != Kind::invoke) {
        const auto it = lane_at.find(i);
        if (it == lane_at.end()) continue;
        lane_of_.ends(it->second, ops[i].kind == Kind::info);
        lane_at.erase(it);
        continue;
      }
      Row row = row_of(i);
      row.lane = lane_of_.of(row.process);
      if (row.returned) {
        lane_of_.begins(row.lane);
        lane_at.emplace(history_.completion(i), row.lane);
      } else {
        lane_of_.ends(row.lane, true);
      }
      rows_.push_back(row);
    }
  }

  // What the page can count again from starts and ends alone.
  void count_before() {
    std::vector<std::uint64_t> ends;
    for (const Row& row : rows_)
      if (row.returned) ends.push_back(row.end);
    std::sort(ends.begin(), ends.end());
    std::size_t starts_before = 0;
    std::size_t ends_before = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i > 0 && rows_[i].start != rows_[i - 1].start) starts_before = i;
      while (ends_before < ends.size() && ends[ends_before] < rows_[i].start) ++ends_before;
      rows_[i].correction = rows_[i].index - static_cast<std::int64_t>(starts_before + ends_before);
    }
  }

  // Lanes in order of the node that they asked first, then of their first process.
  std::vector<std::vector<std::size_t>> by_lane() const {
    std::vector<std::vector<std::size_t>> lanes;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].lane >= lanes.size()) lanes.resize(rows_[i].lane + 1);
      lanes[rows_[i].lane].push_back(i);
    }
    std::erase_if(lanes, [](const auto& lane) { return lane.empty(); });
    const std::vector<std::string> names = nodes_.shown();
    std::stable_sort(lanes.begin(), lanes.end(), [&](const auto& a, const auto& b) {
      const Row& x = rows_[a.front()];
      const Row& y = rows_[b.front()];
      return std::tie(names[x.node], x.process) < std::tie(names[y.node], y.process);
    });
    return lanes;
  }

  void write_lanes(Operations& out) const {
    for (const auto& lane : by_lane()) {
      out.lanes.push_back({lane.size(), rows_[lane.front()].process});
      std::uint64_t last_end = 0;
      std::int64_t process = rows_[lane.front()].process;
      std::int64_t correction = 0;
      for (const std::size_t i : lane) {
        const Row& row = rows_[i];
        append(out.gaps, row.start - std::min(last_end, row.start));
        append(out.durations, row.returned ? row.end - row.start + 1 : 0);
        append(out.kinds, row.kind);
        append(out.key, row.key);
        append(out.node, row.node);
        append(out.error, row.error);
        append_signed(out.processes, row.process - process);
        append_signed(out.indexes, row.correction - correction);
        out.index_at.push_back(row.index);
        last_end = row.returned ? row.end : row.start;
        process = row.process;
        correction = row.correction;
      }
    }
  }

  void append_value(std::string& out, const Row& row) const {
    const Op& op = history_.ops()[row.invoked];
    const std::size_t end = history_.completion(row.invoked);
    out += argument_text(op, op.value);
    if (end != History::none) {
      const Op& done = history_.ops()[end];
      if (done.kind == Kind::ok && done.value != op.value)
        out += "\t" + argument_text(op, done.value);
    }
    out += '\n';
  }

  // The lines of each key, read in order of time: that is how they lie in memory.
  std::vector<std::string> value_lines() const {
    // Rows are in order of time, which is that of their indexes but for histories from elsewhere.
    std::vector<std::size_t> order(rows_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto earlier = [&](std::size_t a, std::size_t b) {
      return rows_[a].index < rows_[b].index;
    };
    if (!std::is_sorted(order.begin(), order.end(), earlier))
      std::sort(order.begin(), order.end(), earlier);
    std::vector<std::string> lines(keys_.size());
    for (const std::size_t i : order) append_value(lines[rows_[i].key], rows_[i]);
    return lines;
  }

  void write_values(Operations& out) const {
    const std::vector<std::string> all = value_lines();
    std::size_t most_bytes = limits_.most_value_bytes;
    if (limits_.failing_values) {
      std::size_t failing = 0;
      for (std::size_t key = 0; key < failing_; ++key) failing += all[key].size();
      most_bytes = std::min(most_bytes, failing);
    }
    std::string text;
    std::size_t operations = 0;
    std::size_t bytes = 0;
    const auto flush = [&] {
      if (operations == 0) return;
      if (bytes > most_bytes) {
        out.values_left_out += operations;
        text.clear();
      }
      out.values.push_back(std::exchange(text, {}));
      operations = 0;
    };
    for (const std::string& lines : all)
      for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = lines.find('\n', at) + 1;
        text.append(lines, at, end - at);
        bytes += end - at;
        at = end;
        if (++operations == Operations::chunk) flush();
      }
    flush();
  }

  const History& history_;
  const ListLimits limits_;
  std::size_t failing_ = 0;  // Keys below this number failed.
  ClientLanes lane_of_;
  Dictionary functions_{}, keys_{}, nodes_{}, errors_{};
  std::vector<Row> rows_{};
};

}  // namespace

Operations list_operations(const History& history, const Results& results,
                           const ListLimits& limits) {
  return Lister(history, results, limits).list();
}

}  // namespace clew
