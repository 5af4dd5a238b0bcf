#include "reports/node_logs.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "harness/error.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Nanos margin = seconds(5);
constexpr std::size_t most_characters = 400;
constexpr std::size_t most_bytes = 64U << 20U;  // Of one log.

std::optional<int> number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// "2026-11-23T14:44:36.583Z", also with a blank and without a zone, which then is UTC: nanoseconds
// since 1970.
std::optional<Nanos> date_at(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[13] != ':') return std::nullopt;
  const auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  const auto hour = number(text, 11, 2), minute = number(text, 14, 2), second = number(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  Nanos at = std::chrono::sys_days(date).time_since_epoch();
  at += std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
  if (text.size() > 20 && (text[19] == '.' || text[19] == ',')) {
    Nanos unit = milliseconds(100);
    for (std::size_t i = 20; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
      at += unit * (text[i] - '0');
  }
  return at;
}

struct Written {
  std::optional<Nanos> date{};
  std::string level{}, text{};
};

// One JSON object a line, as etcd and many others write: level, ts, msg and the rest.
std::optional<Written> structured(const std::string& line) {
  if (line.empty() || line.front() != '{') return std::nullopt;
  Value value;
  try {
    value = parse_json(line);
  } catch (const UsageError&) { return std::nullopt; }
  if (!value.is_object()) return std::nullopt;
  Written out;
  std::string rest;
  for (const auto& [name, member] : value.as_object()) {
    const bool text = member.is_text();
    if (text && (name == "ts" || name == "time" || name == "timestamp")) {
      out.date = date_at(member.as_text());
    } else if (text && name == "level") {
      out.level = plain(member.as_text(), 10);
    } else if (text && (name == "msg" || name == "message")) {
      out.text = member.as_text();
    } else if (name != "caller" && name != "logger") {
      rest += " " + name + "=" + (text ? member.as_text() : to_json(member));
    }
  }
  out.text = plain(out.text + rest, most_characters);
  return out;
}

Written written(const std::string& line) {
  if (auto out = structured(line)) return *out;
  Written out;
  for (std::size_t i = 0; i < std::min<std::size_t>(line.size(), 30) && !out.date; ++i)
    if (std::isdigit(static_cast<unsigned char>(line[i])) != 0)
      out.date = date_at(std::string_view(line).substr(i));
  out.text = plain(line, most_characters);
  return out;
}

// How a clock fault bent one node's clock.
struct Bend {
  Nanos from{}, to{};
  Nanos by{};
  double rate = 0;
  bool always = true;  // Otherwise now and then.
};

std::vector<Bend> bends_of(const std::string& node, const Results& results) {
  std::vector<Bend> bends;
  for (const FaultRecord& fault : results.faults) {
    if (fault.fault != "clock" || !fault.verified || fault.applied == never) continue;
    const auto hit = nodes_hit(fault.hit);
    if (std::find(hit.begin(), hit.end(), node) == hit.end()) continue;
    Bend bend{.from = fault.applied,
              .to = fault.healed == never ? Nanos::max() / 2 : fault.healed,
              .always = fault.kind != "strobe"};
    for (const auto& [name, text] : fault.parameters) {
      if (name == "rate") bend.rate = std::strtod(text.c_str(), nullptr);
      if (name != "by" || text.empty()) continue;
      const bool back = text.front() == '-';
      const auto by = parse_duration(back || text.front() == '+' ? text.substr(1) : text);
      if (by) bend.by = back ? -*by : *by;
    }
    bends.push_back(bend);
  }
  return bends;
}

// When a line was written whose date says `raw`, given that the line before it was at `last`: of
// what is possible the earliest that is not before that.
Nanos corrected(Nanos raw, Nanos last, const std::vector<Bend>& bends) {
  std::vector<Nanos> possible;
  bool surely_bent = false;
  for (const Bend& bend : bends) {
    Nanos at = raw - bend.by;
    if (bend.rate != 0)
      at = bend.from + Nanos(static_cast<std::int64_t>(
                           static_cast<double>((raw - bend.from).count()) / (1 + bend.rate)));
    if (at >= bend.from && at <= bend.to) possible.push_back(at);
    surely_bent = surely_bent || (bend.always && raw >= bend.from && raw <= bend.to);
  }
  if (!surely_bent) possible.push_back(raw);
  std::sort(possible.begin(), possible.end());
  for (const Nanos at : possible)
    if (at >= last - milliseconds(5)) return at;
  return possible.empty() ? raw : possible.back();
}

void read_log(const std::filesystem::path& path, const std::string& node, const Results& results,
              NodeLogs& logs) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<Bend> bends = bends_of(node, results);
  Nanos last = Nanos::min() / 4;
  Nanos offset{};
  std::size_t bytes = 0;
  for (std::string line; bytes < most_bytes && std::getline(in, line); bytes += line.size()) {
    Written one = written(line);
    if (one.date) {
      const Nanos raw = *one.date - results.zero;
      last = corrected(raw, last, bends);
      offset = raw - last;
    }
    if (last < logs.from || last > logs.to) continue;
    logs.lines.push_back({node, last, offset, std::move(one.level), std::move(one.text)});
  }
}

// Where something happened: the first counterexample, else the first fault, else the whole.
std::pair<Nanos, Nanos> stretch_of(const Results& results) {
  const auto all = counterexamples(results);
  if (!all.empty()) return window(*all.front());
  for (const FaultRecord& fault : results.faults)
    if (fault.verified && fault.applied != never)
      return {fault.applied, fault.healed == never ? fault.applied : fault.healed};
  return {Nanos{0}, results.duration};
}

void keep_nearest(NodeLogs& logs, Nanos middle, std::size_t most) {
  std::stable_sort(logs.lines.begin(), logs.lines.end(),
                   [](const LogLine& a, const LogLine& b) { return a.at < b.at; });
  if (logs.lines.size() <= most) return;
  logs.left_out = logs.lines.size() - most;
  const auto distance = [&](const LogLine& line) { return std::chrono::abs(line.at - middle); };
  auto first = logs.lines.begin();
  auto last = logs.lines.end();
  while (static_cast<std::size_t>(last - first) > most)
    if (distance(*first) > distance(*(last - 1))) {
      ++first;
    } else {
      --last;
    }
  logs.lines = std::vector<LogLine>(first, last);
}

}  // namespace

NodeLogs read_node_logs(const std::filesystem::path& run_dir, const Results& results,
                        std::size_t most) {
  const auto [from, to] = stretch_of(results);
  NodeLogs logs{.from = std::max(Nanos{0}, from - margin), .to = to + margin};
  if (results.zero == Nanos{0}) {
    logs.missing = "what the wall clock said when the run began was not recorded";
    return logs;
  }
  bool any = false;
  for (const std::string& node : results.nodes) {
    const std::filesystem::path path = run_dir / "nodes" / node / "log";
    std::error_code error;
    if (node.find('/') != std::string::npos || !std::filesystem::is_regular_file(path, error))
      continue;
    any = true;
    read_log(path, node, results, logs);
  }
  if (!any) logs.missing = "the run's folder holds no logs of its nodes";
  keep_nearest(logs, from + (to - from) / 2, most);
  return logs;
}

}  // namespace clew
