#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "reports/lanes.h"
#include "reports/remarks.h"
#include "reports/reporter.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr double widest_drawing = 90;  // Columns, without the names of the clients.
constexpr std::size_t most_calls = 24;
constexpr std::size_t most_steps = 10;

// How things look on a terminal: with box characters, or in ASCII.
struct Pen {
  bool colour = false;
  bool utf8 = true;

  std::string left() const { return utf8 ? "├" : "|"; }
  std::string right() const { return utf8 ? "┤" : "|"; }
  std::string dash() const { return utf8 ? "─" : "-"; }
  std::string faint() const { return utf8 ? "╌" : "."; }
  std::string stuck() const { return utf8 ? "✗" : "X"; }
  std::string number(std::size_t n) const {
    static constexpr std::array<std::string_view, 20> circled{"①", "②", "③", "④", "⑤", "⑥", "⑦",
                                                              "⑧", "⑨", "⑩", "⑪", "⑫", "⑬", "⑭",
                                                              "⑮", "⑯", "⑰", "⑱", "⑲", "⑳"};
    if (utf8 && n >= 1 && n <= circled.size()) return std::string(circled[n - 1]);
    return "(" + std::to_string(n) + ")";
  }
  std::string shown(std::string_view text) const {
    return utf8 ? std::string(text) : to_ascii(text);
  }
  std::string in(std::string_view code, const std::string& text) const {
    return colour ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
  }
  std::string dim(const std::string& text) const { return in("2", text); }
};

std::string verdict_line(const Results& results, const Pen& pen) {
  const Standing stands = standing(results);
  std::string words = verdict_words(results);
  if (pen.utf8) {
    words = std::string(symbol(stands)) + " " + words;
  } else {
    static constexpr std::array<std::string_view, 4> names{"OK", "FAIL", "UNKNOWN", "ERROR"};
    const std::string name(names[static_cast<std::size_t>(stands)]);
    if (words.find(name) == std::string::npos) words = name + " " + words;
  }
  static constexpr std::array<std::string_view, 4> colours{"1;32", "1;31", "1;33", "1;35"};
  std::string line = pen.in(colours[static_cast<std::size_t>(stands)], words);
  if (stands == Standing::unknown || stands == Standing::error)
    line += " (" + pen.shown(plain(results.cause, 120)) + ")";
  line += "  " + pen.shown(job_title(results));
  if (has_seed(results)) line += "  seed " + std::to_string(results.seed);
  line += "  " + counted(results.ops.total(), "op");
  if (results.duration > Nanos{0}) line += " in " + format_duration(results.duration);
  const KeyCount keys = key_count(results);
  if (keys.invalid > 0) {
    line += "  " + grouped(keys.invalid) + " of " + counted(keys.total, "key");
  } else if (keys.unknown > 0) {
    line += "  " + grouped(keys.unknown) + " of " + counted(keys.total, "key") + " undecided";
  } else if (keys.total > 0) {
    line += "  " + counted(keys.total, "key");
  }
  return line + "\n";
}

// What is written on a call: "write 7", its number, or that it fits nowhere.
std::string label_of(const Counterexample& shown, std::size_t call, const Pen& pen,
                     std::size_t step) {
  std::string label = pen.shown(call_text(shown.calls[call].text, 40));
  if (step > 0) label += " " + pen.number(step);
  if (blocked_at(shown, call) != nullptr) label += " " + pen.stuck();
  return label;
}

std::vector<std::size_t> step_numbers(const Counterexample& shown) {
  std::vector<std::size_t> numbers(shown.calls.size(), 0);
  for (std::size_t k = 0; k < shown.order.size(); ++k) numbers[shown.order[k].call] = k + 1;
  return numbers;
}

void draw_call(std::vector<std::string>& row, const Bar& bar, const std::string& label, bool stuck,
               const Pen& pen) {
  const auto left = static_cast<std::size_t>(bar.left);
  const auto right = static_cast<std::size_t>(bar.right);
  for (std::size_t x = left; x <= right; ++x) row[x] = bar.open ? pen.faint() : pen.dash();
  row[left] = pen.left();
  row[right] = bar.open ? ">" : pen.right();
  // A cell holds one character; colour codes go with the first and the last.
  std::size_t x = left + 2;
  row[x++] = " ";
  const std::size_t first = x;
  for (std::size_t i = 0; i < label.size(); ++x) {
    std::size_t length = 1;
    while (i + length < label.size() && (static_cast<unsigned char>(label[i + length]) >> 6U) == 2)
      ++length;
    row[x] = label.substr(i, length);
    i += length;
  }
  if (stuck && pen.colour) {
    row[first] = "\x1b[31m" + row[first];
    row[x - 1] += "\x1b[0m";
  }
  row[x] = " ";
}

std::string drawing(const Counterexample& shown, const Pen& pen) {
  const std::vector<std::size_t> steps = step_numbers(shown);
  std::vector<std::string> labels;
  std::vector<double> widths;
  for (std::size_t i = 0; i < shown.calls.size(); ++i) {
    labels.push_back(label_of(shown, i, pen, steps[i]));
    widths.push_back(static_cast<double>(width(labels.back()) + 5));
  }
  const Lanes lanes = by_order(shown.calls, widths, 1);
  if (lanes.end > widest_drawing) return "";
  std::vector<std::vector<std::string>> rows(
      lanes.processes.size(),
      std::vector<std::string>(static_cast<std::size_t>(lanes.end) + 1, " "));
  for (std::size_t i = 0; i < lanes.bars.size(); ++i)
    draw_call(rows[lanes.bars[i].lane], lanes.bars[i], labels[i], blocked_at(shown, i) != nullptr,
              pen);
  std::size_t name_width = 0;
  for (const std::int64_t process : lanes.processes)
    name_width = std::max(name_width, std::to_string(process).size());
  std::string out;
  for (std::size_t lane = 0; lane < rows.size(); ++lane) {
    std::string name = std::to_string(lanes.processes[lane]);
    name.insert(0, name_width - name.size(), ' ');
    std::string line = "    client " + name + "  ";
    for (const std::string& cell : rows[lane]) line += cell;
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

// Where a drawing would be too wide: one call a line.
std::string listing(const Counterexample& shown, const Pen& pen) {
  const std::vector<std::size_t> steps = step_numbers(shown);
  const auto [first, last] = shown_range(shown, most_calls);
  std::string out;
  if (first > 0) out += "    (" + counted(first, "earlier call") + " left out)\n";
  for (std::size_t i = first; i < last; ++i) {
    const ShownCall& call = shown.calls[i];
    out += "    " + at_second(call.invoked) + " to " +
           (call.returned == Nanos::max() ? "?" : at_second(call.returned)) + "  " +
           client_name(call) + "  " + label_of(shown, i, pen, steps[i]) + "\n";
  }
  if (last < shown.calls.size())
    out += "    (" + counted(shown.calls.size() - last, "later call") + " left out)\n";
  return out;
}

std::string why_it_fits_nowhere(const Counterexample& shown, const Pen& pen) {
  std::string out;
  std::string order;
  const std::size_t skipped = shown.order.size() > most_steps ? shown.order.size() - most_steps : 0;
  if (skipped > 0) order = pen.shown("… ");
  for (std::size_t k = skipped; k < shown.order.size(); ++k)
    order += (k > skipped ? ", " : "") + pen.number(k + 1) + " " +
             pen.shown(call_text(shown.calls[shown.order[k].call].text, 40) + " [" +
                       plain(shown.order[k].state, 40) + "]");
  if (!order.empty()) out += "  in order, with the state after each: " + order + "\n";
  std::size_t lines = 0;
  for (const Blocked& blocked : shown.blocked) {
    if (++lines > 10) {
      out += "  (" + counted(shown.blocked.size() - 10, "other call") + " blocked, too)\n";
      break;
    }
    const ShownCall& call = shown.calls[blocked.call];
    out += "  " + pen.stuck() + " " +
           pen.shown(call_text(call.text, 40) + " (op " + std::to_string(call.index) +
                     "): " + plain(blocked.reason, 200)) +
           "\n";
  }
  return out;
}

std::string story(const Counterexample& shown, const Pen& pen) {
  std::string picture = shown.calls.size() <= most_calls ? drawing(shown, pen) : "";
  if (picture.empty()) picture = listing(shown, pen);
  std::string out = picture + why_it_fits_nowhere(shown, pen);
  std::size_t lines = 0;
  for (const std::string& line : shown.let_then)
    if (++lines <= 30) out += "  " + pen.shown(call_text(line, 400)) + "\n";
  const std::string size = grouped(shown.calls.size()) + " of " + counted(shown.calls_in_key, "op");
  out += shown.minimal
             ? "  minimal: yes (" + size + "; no smaller window shows " + an_anomaly(shown) + ")\n"
             : "  minimal: not proven (" + size + ")\n";
  return pen.utf8 ? out : to_ascii(out);
}

// "faults that took effect: partition 2 of 2, kill 0 of 1"
std::string faults(const Results& results, const Pen& pen) {
  std::string out;
  for (const FaultCount& count : fault_counts(results))
    out += (out.empty() ? "" : ", ") + plain(count.fault, 60) + " " + grouped(count.verified) +
           " of " + grouped(count.planned);
  return out.empty() ? "" : "  faults that took effect: " + pen.shown(plain(out, 600)) + "\n";
}

// "recovery: progress 1.3 s after kill#2 was healed at the latest"
std::string recovery(const Results& results, const Pen& pen) {
  const FaultImpact* slowest = nullptr;
  for (const FaultImpact& impact : results.recovery.faults)
    if (impact.alone && impact.tried_after_heal &&
        (slowest == nullptr || impact.recovered_after > slowest->recovered_after))
      slowest = &impact;
  std::string out;
  if (slowest != nullptr)
    out = "  recovery: " +
          (slowest->recovered_after == never
               ? "no progress after " + plain(slowest->id, 60) + " was healed"
               : "progress again " + format_duration(slowest->recovered_after) + " after " +
                     plain(slowest->id, 60) + " was healed, at the latest") +
          "; longest outage " + format_duration(results.performance.longest_outage) + "\n";
  for (const Gate& gate : results.gates)
    out += "  gate " + plain(gate.text, 60) + (gate.held ? " holds: " : " FAILED: ") +
           plain(gate.measured, 300) + "\n";
  return pen.shown(out);
}

std::string other_keys(const Results& results, const Counterexample& shown) {
  std::string out;
  std::size_t others = 0;
  for (const Counterexample* other : counterexamples(results)) {
    if (other == &shown) continue;
    if (++others <= 5) out += (out.empty() ? "" : ", ") + plain(other->key, 40);
  }
  if (others == 0) return "";
  if (others > 5) out += " and " + grouped(others - 5) + " more";
  return "  also on key " + out + "\n";
}

}  // namespace

std::string text_summary(const Results& results, const std::filesystem::path& run_dir, bool colour,
                         bool utf8) {
  const Pen pen{colour, utf8};
  std::string out = verdict_line(results, pen);
  const auto shown = counterexamples(results);
  std::string around = shown.empty() ? "" : circumstances(results, *shown.front());
  std::string sentence = plain(results.sentence, 1500);
  // The circumstances have a line of their own here.
  if (!around.empty() && sentence.ends_with(" " + around))
    sentence.resize(sentence.size() - around.size() - 1);
  if (!sentence.empty()) out += "  " + pen.shown(sentence) + "\n";
  if (!shown.empty()) {
    if (!around.empty()) out += "  " + pen.shown(around) + "\n";
    out += story(*shown.front(), pen) + pen.shown(other_keys(results, *shown.front()));
  }
  for (const std::string& remark : remarks(results)) out += "  " + pen.shown(remark) + "\n";
  out += faults(results, pen) + recovery(results, pen);
  std::size_t warnings = 0;
  for (const std::string& warning : results.warnings)
    if (++warnings <= 10) out += "  warning: " + pen.shown(plain(warning, 300)) + "\n";
  const auto line = [&](const std::string& name, const std::string& text) {
    if (!text.empty()) out += pen.dim(name) + pen.shown(plain(text, 2000)) + "\n";
  };
  if (!run_dir.empty()) line("report  ", (run_dir / "report.html").string());
  line("repeat  ", results.repeat_command);
  line("check   ", results.check_command);
  return out;
}

}  // namespace clew
