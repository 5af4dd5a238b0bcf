#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reports/markup.h"
#include "reports/results.h"

namespace clew {

struct Recording;

// The parts of report.html, in the order of the page. Each writes its own
// <section>, and nothing where it has nothing to say.

void html_banner(Markup& page, const Results& results);
void html_key_figures(Markup& page, const Results& results);
void html_counterexamples(Markup& page, const Results& results, const Recording& recording);
void html_timeline(Markup& page, const Results& results, const Recording& recording);
void html_performance(Markup& page, const Results& results, const Recording& recording);
void html_checkers(Markup& page, const Results& results);
void html_keys(Markup& page, const Results& results);
void html_faults(Markup& page, const Results& results);
void html_trend(Markup& page, const Results& results, const Recording& recording);
void html_operations(Markup& page, const Results& results);
void html_reproduce(Markup& page, const Results& results);
void html_help(Markup& page);
void html_sign_off(Markup& page, const Results& results);

// One counterexample as a picture, of at most `most_drawn_calls` around the
// failure. `id` makes its names unique on the page. Returns whether it is to scale in time, not
// merely in the order of events; with Scale::readable whichever tells more.
inline constexpr std::size_t most_drawn_calls = 24;
enum class Scale : std::uint8_t { readable, time, order };
bool svg_counterexample(Markup& page, const Results& results, const Counterexample& shown,
                        const std::string& id, Scale scale = Scale::readable);

// What was recorded: tables beneath the charts, and the logs of the nodes.
void html_disturbances(Markup& page, const Results& results, const Recording& recording);
void html_logs(Markup& page, const Results& results, const Recording& recording);
// What the script draws, in elements that are data and nothing else.
void html_data(Markup& page, const Results& results, const Recording& recording);

// A table head of these columns; a column that begins with '#' holds numbers.
void table_head(Markup& page, std::initializer_list<std::string_view> columns);
void cell(Markup& page, std::string_view text, std::string_view kind = "");
// Whole microseconds, for the script; "" for never.
std::string micros_text(Nanos time);
// <div> that scrolls sideways where the window is narrow, reachable by keyboard.
void open_scroll(Markup& page, std::string_view label);
// Such a <div> with a table in it, up to where its rows begin, and what ends the two.
void open_table(Markup& page, std::string_view label,
                std::initializer_list<std::string_view> columns);
void close_table(Markup& page);

}  // namespace clew
