#include "reports/serve/frame.h"

#include <algorithm>
#include <cctype>

#include "harness/base64.h"
#include "reports/page_template.h"
#include "reports/serve/query.h"
#include "reports/serve/sha256.h"

namespace clew {
namespace {

constexpr std::string_view own_style = R"css(
form.filter{display:flex;flex-wrap:wrap;gap:10px 14px;align-items:end;margin:14px 0}
form.filter>*{min-height:32px}
form.filter input,form.filter select,form.filter button{height:32px}
form.filter label{display:grid;grid-template-columns:minmax(0,1fr);max-width:min(100%,320px);gap:2px;font-size:12.5px;color:var(--muted)}
input,select,button{font:inherit;font-size:14px;color:var(--ink);background:var(--ground);border:1px solid var(--muted);border-radius:6px;padding:4px 8px;max-width:100%}
input[type=checkbox]{width:18px;height:18px;margin:2px}
button{background:var(--card);cursor:pointer}
input:focus-visible,select:focus-visible,button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
main{max-width:1500px}
main h1{margin:6px 0 10px;white-space:normal}
main{overflow-wrap:break-word}
td.verdict{min-width:0;font-weight:600;white-space:nowrap}
td.short,th.short{min-width:0;white-space:nowrap}
.v-valid{color:var(--pass)}
.v-violation{color:var(--violation)}
.v-unknown,.v-incomplete,.v-damaged{color:var(--unknown)}
.v-error,.v-running{color:var(--error)}
.strip{display:flex;flex-wrap:wrap;gap:4px;padding:0;margin:10px 0;list-style:none}
.strip a{display:block;min-width:28px;padding:2px 6px;text-align:center;border:1px solid var(--rule);border-radius:5px;font-weight:700;text-decoration:none}
.spark polyline{fill:none;stroke:var(--link);stroke-width:1.8}
.spark circle{fill:var(--link)}
.spark svg{max-width:100%;height:auto}
.spark line{stroke:var(--rule)}
.bars rect{fill:var(--link)}
.bars .none{fill:var(--violation)}
tr.differs td{background:var(--unsurerow)}
.pages{display:flex;gap:16px;margin:14px 0}
)css";

// Takes the page's new text each second in place of the old; where the run has ended the server
// sends us on to its report. A page that nobody looks at asks for nothing.
constexpr std::string_view own_script = R"js(
"use strict";
const again = async () => {
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(5000) });
      if (answer.redirected) { location.replace(answer.url); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      if (answer.ok && fresh) { document.querySelector("main").replaceWith(document.adoptNode(fresh)); document.title = page.title; }
    } catch { document.querySelector("#beat").textContent = "clew serve does not answer; what is shown is old."; }
  }
  setTimeout(again, 1000);
};
setTimeout(again, 1000);
)js";

const std::string& style() {
  static const std::string text = std::string(page_style()) + std::string(own_style);
  return text;
}

}  // namespace

const std::string& serve_policy() {
  static const std::string policy =
      "default-src 'none'; script-src 'sha256-" + base64_encode(sha256(own_script)) +
      "'; style-src 'sha256-" + base64_encode(sha256(style())) +
      "'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  return policy;
}

std::string framed(std::string_view title, const std::function<void(Markup&)>& main,
                   bool refreshes) {
  Markup page;
  page.raw("<!DOCTYPE html>\n");
  page.open("html", {{"lang", "en"}});
  page.open("head");
  page.leaf("meta", {{"charset", "utf-8"}});
  page.leaf("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  page.leaf("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  if (refreshes) {
    page.open("noscript").leaf("meta", {{"http-equiv", "refresh"}, {"content", "2"}}).close();
  }
  page.element("title", plain(title) + " · clew");
  page.open("style").raw(style()).close();
  page.close();
  page.open("body");
  page.open("nav", {{"aria-label", "clew"}});
  page.element("strong", "clew").element("a", "All runs", {{"href", "/"}}).close();
  page.open("main");
  main(page);
  page.close();
  if (refreshes) page.open("script").raw(own_script).close();
  page.close().close();
  return page.take();
}

std::string run_name(const Digest& run) { return run.name + "/" + run.stamp; }

std::string run_link(const Digest& run, std::string_view before) {
  return std::string(before) + percent_encoded(run.name) + "/" + percent_encoded(run.stamp) + "/";
}

std::string run_page(const Digest& run) {
  return run_link(run) + (run.has_report ? "report.html" : "");
}

std::string trend_link(const Digest& run) {
  return "/trend?name=" + percent_encoded(run.name) + "&system=" + percent_encoded(run.system) +
         "&workload=" + percent_encoded(run.workload) + "&faults=" + percent_encoded(run.nemesis);
}

void verdict_cell(Markup& page, const Digest& run) {
  page.open("td", {{"class", "verdict v-" + std::string(verdict_name(run))}});
  switch (run.state) {
    case Digest::State::running:
      page.element("a", "▸ running", {{"href", run_link(run, "/live/")}});
      break;
    case Digest::State::incomplete: page.text("… no results"); break;
    case Digest::State::damaged: page.text("! damaged"); break;
    case Digest::State::finished: page.text(std::string(symbol(run.stands)) + " " + run.words);
  }
  page.close();
}

std::string time_text(const std::string& stamp) {
  const bool good = stamp.size() >= 16 && stamp[8] == 'T' &&
                    std::all_of(stamp.begin(), stamp.begin() + 8,
                                [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!good) return plain(stamp, 40);
  return plain(stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 2) + " " +
               stamp.substr(9, 2) + ":" + stamp.substr(11, 2) + ":" + stamp.substr(13, 2));
}

}  // namespace clew
