#include "harness/cli/site.h"

#include <sys/stat.h>

#include <map>

#include "harness/error.h"
#include "harness/store.h"
#include "reports/serve/frame.h"

namespace clew {
namespace {

// Another's page inside ours may draw and compute, but ask nobody for anything.
constexpr const char* report_policy =
    "connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
constexpr const char* file_policy = "default-src 'none'; sandbox; frame-ancestors 'none'";

HttpAnswer page(std::string body, int status = 200) {
  HttpAnswer answer{.status = status, .body = std::move(body)};
  answer.headers = {{"Content-Type", "text/html; charset=utf-8"},
                    {"Content-Security-Policy", serve_policy()}};
  return answer;
}

HttpAnswer not_found() {
  return page(problem_page("Not found", "There is no such run, file or page."), 404);
}

HttpAnswer see(const std::string& where) {
  HttpAnswer answer = page(problem_page("Elsewhere", where), 303);
  answer.headers.emplace_back("Location", where);
  return answer;
}

// Only clew's own report is a page; what else a run holds may come from the system under test.
std::string type_of(const std::vector<std::string>& parts) {
  static const std::map<std::string, std::string> types{
      {".json", "application/json"},        {".xml", "application/xml"},
      {".gz", "application/gzip"},          {".svg", "image/svg+xml"},
      {".db", "application/octet-stream"},  {".wal", "application/octet-stream"},
      {".snap", "application/octet-stream"}};
  if (parts.size() == 3 && parts.back() == "report.html") return "text/html; charset=utf-8";
  const auto known = types.find(std::filesystem::path(parts.back()).extension().string());
  return known == types.end() ? "text/plain; charset=utf-8" : known->second;
}

// "/run/a%20b/c" without its first `from` parts. Parts are split before they are decoded: a %2F
// is part of a name, which then names nothing.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (!part.empty() || !path.empty()) parts.push_back(percent_decoded(part));
  }
  return parts;
}

}  // namespace

HttpAnswer Site::answer(const std::string& target) {
  const std::size_t mark = target.find('?');
  const std::string path = target.substr(0, mark);
  const Query query(mark == std::string::npos ? std::string_view()
                                              : std::string_view(target).substr(mark + 1));
  if (path == "/") return page(store_page(store_.runs(), query));
  if (path == "/trend") return page(trend_page(store_.runs(), query));
  if (path == "/compare") return compare(query);
  std::vector<std::string> parts = parts_of(path);
  const std::string first = parts.empty() ? "" : parts.front();
  if (!parts.empty()) parts.erase(parts.begin());
  if (first == "live" && parts.size() == 2) return live(parts[0], parts[1]);
  if (first == "run" && parts.size() >= 2) return folder_or_file(parts, path.ends_with('/'));
  return not_found();
}

HttpAnswer Site::compare(const Query& query) {
  const std::vector<std::string> asked = query.all("run");
  if (asked.size() != 2)
    return page(problem_page("Choose two runs", "Tick exactly two runs in the list, then compare."),
                400);
  try {
    return page(compare_page(compared(asked[0]), compared(asked[1])));
  } catch (const UsageError& e) { return page(problem_page("Cannot compare", e.what()), 404); }
}

Compared Site::compared(const std::string& run) {
  const std::size_t slash = run.find('/');
  const std::string stamp = slash == std::string::npos ? "" : run.substr(slash + 1);
  const auto digest = store_.run(run.substr(0, slash), stamp);
  if (!digest) throw UsageError("there is no run " + run);
  if (digest->state != Digest::State::finished) throw UsageError(run + " has no results");
  Compared one{.run = *digest,
               .results = results_from_json(store_.text({digest->name, stamp, "results.json"}))};
  try {
    one.options = run_info_from_json(store_.text({digest->name, stamp, "run.json"})).options;
  } catch (const UsageError&) {}  // Of a history from elsewhere: then there are none to tell.
  return one;
}

HttpAnswer Site::live(const std::string& name, const std::string& stamp) {
  const auto run = store_.run(name, stamp);
  if (!run) return not_found();
  if (run->state == Digest::State::finished)
    return see(run_link(*run) + (run->has_report ? "report.html" : ""));
  try {
    return page(live_page(*run, live_from_json(store_.text({name, stamp, "live.json"}))));
  } catch (const UsageError&) {  // It ended, or never began, without a word.
    return see(run_link(*run));
  }
}

HttpAnswer Site::folder_or_file(const std::vector<std::string>& parts, bool slash) {
  const auto run = store_.run(parts[0], parts[1]);
  if (!run) return not_found();
  bool is_folder = false;
  Fd opened = store_.open(parts, is_folder);
  if (!opened || (slash && !is_folder)) return not_found();
  if (is_folder) {
    std::string below;
    for (std::size_t i = 2; i < parts.size(); ++i) below += (i == 2 ? "" : "/") + parts[i];
    if (!slash) {
      std::string where = "/run";
      for (const std::string& part : parts) where += "/" + percent_encoded(part);
      return see(where + "/");
    }
    return page(folder_page(*run, below, store_.list(opened)));
  }
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) return not_found();
  HttpAnswer answer{.file = std::move(opened),
                    .file_size = static_cast<std::uint64_t>(status.st_size)};
  const std::string type = type_of(parts);
  answer.headers = {
      {"Content-Type", type},
      {"Content-Security-Policy", type.starts_with("text/html") ? report_policy : file_policy}};
  return answer;
}

}  // namespace clew
