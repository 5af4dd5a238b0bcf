#include <algorithm>

#include "reports/html.h"
#include "reports/recording.h"
#include "reports/story.h"
#include "reports/wording.h"

namespace clew {
namespace {

constexpr std::size_t most_rows = 200;

std::string since(Nanos time) {
  if (time == never) return "never";
  return time == Nanos{0} ? "at once" : format_duration(time);
}

// The faults that were in force meanwhile, at most three by name.
std::string faults_during(const Results& results, const Outage& outage) {
  std::string text;
  std::size_t count = 0;
  for (const FaultRecord& fault : results.faults) {
    if (!in_force(fault, outage.from, outage.to) || ++count > 3) continue;
    text += (text.empty() ? "" : ", ") + fault_label(fault);
  }
  if (count > 3) text += " and " + std::to_string(count - 3) + " more";
  return text.empty() ? "none" : text;
}

void outage_table(Markup& page, const Results& results, const Disturbances& all) {
  page.element("h3", "Stretches without a success");
  if (all.outages.empty()) {
    page.element("p", "None was longer than " + format_duration(all.outage_limit) + ".");
    return;
  }
  Nanos sum{};
  for (const Outage& outage : all.outages) sum += outage.to - outage.from;
  page.element("p", grouped(all.outages.size()) +
                        (all.outages.size() == 1 ? " stretch" : " stretches") + " longer than " +
                        format_duration(all.outage_limit) + ", " + format_duration(sum) +
                        " together. The longest first.");
  std::vector<Outage> order = all.outages;
  std::stable_sort(order.begin(), order.end(),
                   [](const Outage& a, const Outage& b) { return a.to - a.from > b.to - b.from; });
  open_scroll(page, "Stretches without a success");
  page.open("table", {{"class", "outages"}});
  table_head(page, {"#from", "#to", "#how long", "faults in force meanwhile"});
  page.open("tbody");
  for (std::size_t i = 0; i < std::min(order.size(), most_rows); ++i) {
    page.open("tr",
              {{"data-from", micros_text(order[i].from)}, {"data-to", micros_text(order[i].to)}});
    cell(page, at_second(order[i].from), "num");
    cell(page, at_second(order[i].to), "num");
    cell(page, format_duration(order[i].to - order[i].from), "num");
    cell(page, faults_during(results, order[i]), "wide");
    page.close();
  }
  page.close().close().close();
}

void impact_row(Markup& page, const FaultRecord& fault, const Disturbance& one) {
  page.open("tr",
            {{"data-from", micros_text(fault.applied)}, {"data-to", micros_text(fault.healed)}});
  cell(page, plain(fault.id, 60));
  cell(page, fault_label(fault));
  cell(page, span(fault.applied, fault.healed), "num");
  cell(page, grouped(one.ops.ok), "num");
  cell(page, grouped(one.ops.fail), "num");
  cell(page, grouped(one.ops.info), "num");
  cell(page, one.first_trouble == never ? "none" : since(one.first_trouble), "num");
  cell(page, since(one.first_ok), "num");
  cell(page, fault.healed == never ? "not healed" : since(one.first_ok_healed), "num");
  cell(page, fault.healed == never ? "not healed" : since(one.full_rate), "num");
  page.close();
}

}  // namespace

void html_disturbances(Markup& page, const Results& results, const Recording& recording) {
  const Disturbances& all = recording.disturbances;
  if (results.ops.total() == 0 || recording.operations.count + recording.operations.left_out == 0)
    return;
  outage_table(page, results, all);
  if (all.faults.empty()) return;
  page.element("h3", "What each fault cost");
  page.element(
      "p",
      "Counted are the operations that ended while it was in force; a refused "
      "compare-and-set is no failure. The usual rate, outside of all faults, was " +
          grouped(static_cast<std::uint64_t>(all.quiet_rate + 0.5)) +
          " ok operations a second. Faults overlap: what one cost may be another's doing.");
  open_scroll(page, "What each fault cost");
  page.open("table", {{"class", "impact"}});
  table_head(page, {"fault", "what", "#in force", "#ok", "#fail", "#info", "#first trouble after",
                    "#first ok after", "#first ok after healing", "#90 % of the usual rate after"});
  page.open("tbody");
  std::size_t rows = 0;
  for (const Disturbance& one : all.faults)
    for (const FaultRecord& fault : results.faults)
      if (fault.id == one.id && fault.verified && rows < most_rows) {
        impact_row(page, fault, one);
        ++rows;
        break;
      }
  page.close().close().close();
  if (all.faults.size() > rows)
    page.element("p", counted(all.faults.size() - rows, "later fault") + " left out.",
                 {{"class", "note"}});
}

}  // namespace clew
