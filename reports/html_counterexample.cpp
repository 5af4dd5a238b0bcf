#include <algorithm>

#include "reports/html.h"
#include "reports/recording.h"
#include "reports/remarks.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::size_t most_shown = 10;
constexpr std::size_t most_rows = 200;

void size_line(Markup& page, const Counterexample& shown) {
  const std::string size =
      grouped(shown.calls.size()) + " of " + counted(shown.calls_in_key, "operation");
  page.open("p", {{"class", "note"}});
  page.text(shown.minimal ? "Minimal: " + size + " on this key; no smaller window shows " +
                                an_anomaly(shown) + ". "
                          : "Not proven minimal: " + size + " on this key. ");
  if (shown.calls.size() > most_drawn_calls)
    page.text("Drawn are the " + std::to_string(most_drawn_calls) + " around the failure. ");
  page.text(
      "Green numbers give the longest legal order and the state after each step; ✗ marks a call "
      "that fits nowhere.");
  page.close();
}

void candidates(Markup& page, const Counterexample& shown) {
  if (shown.blocked.empty()) return;
  page.element("h4", "Why no order works");
  page.open("ul", {{"class", "reasons"}});
  const std::string state =
      shown.order.empty() ? "" : " (state: " + plain(shown.order.back().state, 80) + ")";
  page.element("li", shown.order.empty() ? "Nothing can come first:"
                                         : "After " + counted(shown.order.size(), "step") + state +
                                               " nothing can come next:");
  for (std::size_t i = 0; i < std::min<std::size_t>(shown.blocked.size(), 20); ++i) {
    const ShownCall& call = shown.calls[shown.blocked[i].call];
    page.open("li");
    page.element("span", "✗", {{"class", "cross"}});
    page.text(" ");
    page.element("code", call_text(call.text, 80));
    page.text(" of " + client_name(call) + ": " + plain(shown.blocked[i].reason, 300));
    page.close();
  }
  if (shown.blocked.size() > 20)
    page.element("li", counted(shown.blocked.size() - 20, "other call") + " blocked, too.");
  page.close();
}

// In small: the drawing shows the first order alone.
void other_orders(Markup& page, const Counterexample& shown) {
  if (shown.other_orders.empty()) return;
  page.open("details");
  page.element("summary", counted(shown.other_orders.size(), "other order") +
                              " as long, and why each comes to an end");
  page.open("ol", {{"class", "reasons"}});
  for (const LegalOrder& other : shown.other_orders) {
    page.open("li");
    const std::size_t steps = other.order.size();
    if (steps > 8) page.text("… ");
    for (std::size_t k = steps > 8 ? steps - 8 : 0; k < steps; ++k) {
      page.element("code", call_text(shown.calls[other.order[k].call].text, 60));
      page.text(" [" + plain(other.order[k].state, 40) + "], ");
    }
    page.text("then ");
    for (std::size_t i = 0; i < std::min<std::size_t>(other.blocked.size(), 5); ++i) {
      if (i > 0) page.text("; ");
      page.element("span", "✗", {{"class", "cross"}});
      page.text(" ");
      page.element("code", call_text(shown.calls[other.blocked[i].call].text, 60));
      page.text(": " + plain(other.blocked[i].reason, 200));
    }
    if (other.blocked.size() > 5)
      page.text("; " + counted(other.blocked.size() - 5, "other call") + " blocked, too");
    page.close();
  }
  page.close().close();
}

void argument(Markup& page, const Counterexample& shown) {
  if (shown.let_then.empty()) return;
  page.element("h4", "The argument");
  page.open("p", {{"class", "argument"}});
  const std::size_t lines = std::min<std::size_t>(shown.let_then.size(), 50);
  for (std::size_t i = 0; i < lines; ++i) {
    if (i > 0) page.leaf("br");
    page.text(call_text(shown.let_then[i], 1000));
  }
  page.close();
}

void calls_table(Markup& page, const Counterexample& shown) {
  const auto [first, last] = shown_range(shown, most_rows);
  page.open("details");
  page.element("summary", "The " + counted(last - first, "call") + " as a table");
  open_scroll(page, "Calls of the counterexample");
  page.open("table");
  table_head(page, {"#op", "client", "node", "call", "#invoked", "#returned", "outcome", "place"});
  page.open("tbody");
  for (std::size_t i = first; i < last; ++i) {
    const ShownCall& call = shown.calls[i];
    const Blocked* blocked = blocked_at(shown, i);
    page.open("tr", {{"class", blocked != nullptr ? "bad" : ""}});
    cell(page, std::to_string(call.index), "num");
    cell(page, std::to_string(call.process));
    cell(page, plain(call.node, 40));
    cell(page, call_text(call.text, 200), "code");
    cell(page, at_second(call.invoked), "num");
    cell(page, call.returned == Nanos::max() ? "not known" : at_second(call.returned), "num");
    cell(page, to_string(call.outcome));
    std::string place;
    for (std::size_t k = 0; k < shown.order.size(); ++k)
      if (shown.order[k].call == i) place = "step " + std::to_string(k + 1);
    cell(page, blocked != nullptr ? "✗ fits nowhere" : place);
    page.close();
  }
  page.close().close().close();
  if (first > 0 || last < shown.calls.size())
    page.element("p",
                 counted(shown.calls.size() - (last - first), "call") +
                     " further from the failure left out; results.json has all.",
                 {{"class", "note"}});
  page.close();
}

// What a test of the system, or of clew, can keep.
void fixture(Markup& page, const Results& results, const std::string& history) {
  if (history.empty()) return;
  page.open("details", {{"class", "fixture"}});
  page.element("summary", "The same as a history of its own, for a test");
  page.open("p").text("Saved as counterexample.jsonl, it is found invalid again by ");
  page.element("code", "./clew check counterexample.jsonl --workload " + results.workload);
  page.text(".").close();
  page.element("pre", history);
  page.close();
}

// Short pauses cannot be seen to scale, and lengths not in order of events: so both.
void other_drawing(Markup& page, const Results& results, const Counterexample& shown,
                   const std::string& id, Scale scale) {
  if (shown.calls.empty() || shown.calls.size() > most_drawn_calls) return;
  page.open("details", {{"class", "other-scale"}});
  page.element("summary", scale == Scale::time ? "The same in real time, to scale"
                                               : "The same in order of events");
  page.open("figure");
  open_scroll(page, "Drawing of the counterexample");
  svg_counterexample(page, results, shown, id + "-other", scale);
  page.close().close().close();
}

void one(Markup& page, const Results& results, const Recording& recording, std::size_t number) {
  const Counterexample& shown = *counterexamples(results)[number - 1];
  page.open("article", {{"class", "counterexample"}, {"id", "bad-" + std::to_string(number)}});
  page.open("h3");
  page.text(shown.key.empty() ? "The history: " : "Key " + plain(shown.key, 80) + ": ");
  page.element("span", "likely " + an_anomaly(shown), {{"class", "class"}});
  page.close();
  const std::string around = circumstances(results, shown);
  page.element("p", plain(shown.sentence, 800) + (around.empty() ? "" : " " + around));
  page.open("figure");
  open_scroll(page, "Drawing of the counterexample");
  const std::string id = "cx" + std::to_string(number);
  const bool to_scale = svg_counterexample(page, results, shown, id, Scale::readable);
  page.close().close();
  other_drawing(page, results, shown, id, to_scale ? Scale::order : Scale::time);
  size_line(page, shown);
  candidates(page, shown);
  other_orders(page, shown);
  argument(page, shown);
  calls_table(page, shown);
  if (number <= recording.fixtures.size()) fixture(page, results, recording.fixtures[number - 1]);
  page.close();
}

void list_remarks(Markup& page, const Results& results) {
  const std::vector<std::string> lines = remarks(results);
  if (lines.empty()) return;
  page.open("ul", {{"class", "remarks"}});
  for (const std::string& line : lines) page.element("li", line);
  page.close();
}

}  // namespace

void html_counterexamples(Markup& page, const Results& results, const Recording& recording) {
  const auto all = counterexamples(results);
  if (all.empty()) return;
  page.open("section", {{"id", "counterexample"}});
  page.element("h2", all.size() == 1 ? "Counterexample" : "Counterexamples");
  list_remarks(page, results);
  const std::size_t invalid = std::max(key_count(results).invalid, all.size());
  if (invalid > 1)
    page.element("p",
                 grouped(std::min(all.size(), most_shown)) + " of " + grouped(invalid) +
                     " failing keys shown.",
                 {{"class", "note"}});
  one(page, results, recording, 1);
  const std::size_t shown = std::min(all.size(), most_shown);
  if (shown > 1) {  // The first tells what went wrong; what comes next is when, and how bad.
    page.open("details", {{"class", "others"}});
    page.element("summary", counted(shown - 1, "further counterexample"));
    for (std::size_t i = 1; i < shown; ++i) one(page, results, recording, i + 1);
    page.close();
  }
  page.close();
}

}  // namespace clew
