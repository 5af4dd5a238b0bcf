#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>
#include <set>

#include "reports/html.h"
#include "reports/serve/frame.h"
#include "reports/serve/pages.h"

namespace clew {
namespace {

constexpr std::size_t runs_a_page = 100;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool says(const Digest& run, const std::string& wanted) {
  for (const std::string* text : {&run.name, &run.stamp, &run.system, &run.version, &run.workload,
                                  &run.nemesis, &run.words, &run.sentence, &run.problem})
    if (lower(*text).find(wanted) != std::string::npos) return true;
  return std::to_string(run.seed) == wanted;
}

bool fits(const Digest& run, const Query& query) {
  const auto is = [&](std::string_view name, std::string_view value) {
    const std::string wanted = query.get(name);
    return wanted.empty() || wanted == value;
  };
  if (!is("system", run.system) || !is("workload", run.workload) || !is("faults", run.nemesis))
    return false;
  const std::string verdict = query.get("verdict");
  if (verdict == "gate" ? run.gates_failed.empty() : !is("verdict", verdict_name(run)))
    return false;
  const std::string text = lower(query.get("q"));
  return text.empty() || says(run, text);
}

using Less = std::function<bool(const Digest&, const Digest&)>;

template <class Member>
Less by(Member member) {
  return [member](const Digest& a, const Digest& b) { return a.*member < b.*member; };
}

struct Column {
  std::string_view name, label;
  Less less;
};

const std::vector<Column>& columns() {
  static const std::vector<Column> all{
      {"verdict", "verdict",
       [](const Digest& a, const Digest& b) { return verdict_name(a) < verdict_name(b); }},
      {"run", "run", by(&Digest::name)},
      {"time", "time (UTC)", by(&Digest::stamp)},
      {"gate", "gates",
       [](const Digest& a, const Digest& b) {
         return a.gates_failed.size() < b.gates_failed.size();
       }},
      {"system", "system", by(&Digest::system)},
      {"workload", "workload", by(&Digest::workload)},
      {"faults", "faults", by(&Digest::nemesis)},
      {"operations", "#operations", by(&Digest::operations)},
      {"duration", "#duration", by(&Digest::duration)},
      {"seed", "#seed", by(&Digest::seed)},
  };
  return all;
}

void sort_by(std::vector<const Digest*>& runs, std::string order) {
  const bool down = order.starts_with('-');
  if (down) order.erase(0, 1);
  std::stable_sort(runs.begin(), runs.end(),
                   [](const Digest* a, const Digest* b) { return a->stamp > b->stamp; });
  for (const Column& column : columns()) {
    if (column.name != order) continue;
    std::stable_sort(runs.begin(), runs.end(), [&](const Digest* a, const Digest* b) {
      return down ? column.less(*b, *a) : column.less(*a, *b);
    });
  }
}

void choice(Markup& page, std::string_view name, const std::set<std::string>& values,
            const Query& query) {
  page.open("label").text(name);
  page.open("select", {{"name", std::string(name)}});
  page.element("option", "any", {{"value", ""}});
  const std::string now = query.get(name);
  for (const std::string& value : values) {
    if (value.empty()) continue;
    if (value == now) {
      page.element("option", plain(value, 60), {{"value", value}, {"selected", "selected"}});
    } else {
      page.element("option", plain(value, 60), {{"value", value}});
    }
  }
  page.close().close();
}

void filter_form(Markup& page, const std::vector<Digest>& runs, const Query& query) {
  std::set<std::string> systems;
  std::set<std::string> workloads;
  std::set<std::string> faults;
  for (const Digest& run : runs) {
    systems.insert(run.system);
    workloads.insert(run.workload);
    faults.insert(run.nemesis);
  }
  page.open("form", {{"class", "filter"}, {"method", "get"}, {"action", "/"}, {"role", "search"}});
  choice(page, "verdict",
         {"valid", "violation", "unknown", "error", "gate", "running", "incomplete", "damaged"},
         query);
  choice(page, "system", systems, query);
  choice(page, "workload", workloads, query);
  choice(page, "faults", faults, query);
  page.open("label").text("text");
  page.leaf("input", {{"type", "search"}, {"name", "q"}, {"value", query.get("q")}});
  page.close();
  if (!query.get("sort").empty())
    page.leaf("input", {{"type", "hidden"}, {"name", "sort"}, {"value", query.get("sort")}});
  page.element("button", "Show").close();
}

void head_row(Markup& page, const Query& query) {
  const std::string now = query.get("sort");
  page.open("thead").open("tr");
  page.element("th", "compare", {{"scope", "col"}, {"class", "short"}});
  for (const Column& column : columns()) {
    const bool number = column.label.starts_with('#');
    const bool up = now == column.name;
    const bool down = now == "-" + std::string(column.name);
    page.open("th", {{"scope", "col"},
                     {"class", number ? "num" : "short"},
                     {"aria-sort", up ? "ascending" : (down ? "descending" : "none")}});
    const std::string label(column.label.substr(number ? 1 : 0));
    page.element("a", label + (up ? " ▲" : (down ? " ▼" : "")),
                 {{"href", "/" + query.with("sort", (up ? "-" : "") + std::string(column.name))}});
    page.close();
  }
  page.close().close();
}

void gate_cell(Markup& page, const Digest& run) {
  std::string text;
  for (const std::string& gate : run.gates_failed) text += (text.empty() ? "✗ " : ", ") + gate;
  if (text.empty() && !run.gates.empty()) text = "✓ held";
  cell(page, plain(text, 120), "");
}

void run_row(Markup& page, const Digest& run) {
  const bool finished = run.state == Digest::State::finished;
  page.open("tr");
  page.open("td", {{"class", "short"}});
  if (finished)
    page.leaf("input", {{"type", "checkbox"},
                        {"name", "run"},
                        {"value", run_name(run)},
                        {"aria-label", "compare " + plain(run_name(run), 120)}});
  page.close();
  verdict_cell(page, run);
  page.open("td", {{"class", "short"}});
  const std::string to = run.has_report ? run_link(run) + "report.html" : run_link(run);
  page.element("a", plain(run.name, 60),
               {{"href", run.state == Digest::State::running ? run_link(run, "/live/") : to}});
  page.text(" ").open("small");
  page.element("a", "files",
               {{"href", run_link(run)}, {"aria-label", "files of " + plain(run_name(run), 120)}});
  page.text(" ").element(
      "a", "trend", {{"href", trend_link(run)}, {"aria-label", "trend of " + plain(run.name, 80)}});
  page.close().close();
  cell(page, time_text(run.stamp), "short");
  if (run.state == Digest::State::damaged) {
    page.element("td", plain(run.problem, 200), {{"colspan", "7"}}).close();
    return;
  }
  gate_cell(page, run);
  cell(page, plain(run.system + " " + run.version, 40), "short");
  cell(page, plain(run.workload, 40), "short");
  cell(page, plain(run.nemesis, 80));
  cell(page, finished ? grouped(run.operations) : "", "num");
  cell(page, finished ? format_duration(run.duration) : "", "num");
  cell(page, run.seed > 0 ? std::to_string(run.seed) : "", "num");
  page.close();
}

std::size_t page_asked(const Query& query) {
  const std::string text = query.get("page");
  std::size_t number = 1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::max<std::size_t>(number, 1);
}

void page_links(Markup& page, const Query& query, std::size_t now, std::size_t pages) {
  if (pages < 2) return;
  page.open("p", {{"class", "pages"}});
  if (now > 1)
    page.element("a", "← newer", {{"href", "/" + query.with("page", std::to_string(now - 1))}});
  page.text("page " + std::to_string(now) + " of " + std::to_string(pages));
  if (now < pages)
    page.element("a", "older →", {{"href", "/" + query.with("page", std::to_string(now + 1))}});
  page.close();
}

}  // namespace

std::string store_page(const std::vector<Digest>& runs, const Query& query) {
  std::vector<const Digest*> shown;
  for (const Digest& run : runs)
    if (fits(run, query)) shown.push_back(&run);
  sort_by(shown, query.get("sort"));
  const std::size_t pages =
      std::max<std::size_t>((shown.size() + runs_a_page - 1) / runs_a_page, 1);
  const std::size_t now = std::min(page_asked(query), pages);
  return framed("Runs", [&](Markup& page) {
    page.element("h1", "Runs");
    filter_form(page, runs, query);
    page.element("p",
                 counted(shown.size(), "run") +
                     (shown.size() == runs.size() ? "" : " of " + grouped(runs.size())),
                 {{"class", "note"}});
    if (runs.empty())
      page.element("p", "There is no run in this store yet: clew test etcd makes one.");
    page.open("form", {{"method", "get"}, {"action", "/compare"}});
    open_scroll(page, "Runs");
    page.open("table");
    head_row(page, query);
    page.open("tbody");
    for (std::size_t i = (now - 1) * runs_a_page; i < std::min(now * runs_a_page, shown.size());
         ++i)
      run_row(page, *shown[i]);
    page.close().close().close();
    page.open("p").element("button", "Compare two").close().close();
    page_links(page, query, now, pages);
  });
}

std::string problem_page(std::string_view title, std::string_view text) {
  return framed(title, [&](Markup& page) {
    page.element("h1", title);
    page.element("p", plain(text, 400));
  });
}

std::string folder_page(const Digest& run, std::string_view folder,
                        const std::vector<Listed>& files) {
  const std::string title = run_name(run) + (folder.empty() ? "" : "/") + std::string(folder);
  return framed(plain(title), [&](Markup& page) {
    page.element("h1", plain(title));
    if (folder.empty()) {
      page.open("table").open("tbody").open("tr");
      verdict_cell(page, run);
      cell(page, plain(run.state == Digest::State::finished ? run.sentence : run.problem, 600));
      page.close().close().close();
      page.open("p").element("a", "trend of this job", {{"href", trend_link(run)}}).close();
    }
    page.element("h2", "Files");
    open_table(page, "Files", {"name", "#bytes"});
    for (const Listed& file : files) {
      const bool deeper = file.name.ends_with('/');
      const std::string name = deeper ? file.name.substr(0, file.name.size() - 1) : file.name;
      page.open("tr").open("td");
      page.element("a", plain(file.name, 200),
                   {{"href", percent_encoded(name) + (deeper ? "/" : "")}});
      page.close();
      cell(page, deeper ? "" : grouped(file.size), "num");
      page.close();
    }
    page.close().close().close();
  });
}

}  // namespace clew
