#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/serve/digest.h"
#include "reports/serve/live.h"
#include "reports/serve/query.h"

namespace clew {

// The pages of clew serve. All work without script and say nothing that they were not given.

// The store as a table. Of the query: verdict, system, workload, faults, q (text), sort (a column;
// with '-' the other way round), page. `runs` in any order.
std::string store_page(const std::vector<Digest>& runs, const Query& query);

// The last 30 runs of one job, of which `runs` may hold others too.
std::string trend_page(const std::vector<Digest>& runs, const Query& query);

// What two runs have in common and what not. `options` by name, as run.json tells them; in the
// order of the runs.
struct Compared {
  Digest run{};
  Results results{};
  std::vector<std::pair<std::string, std::string>> options{};
};
std::string compare_page(const Compared& a, const Compared& b);

// A run in progress, or one that stopped and left no results.
std::string live_page(const Digest& run, const Live& live);

// A run's folder. `folder` is the part below it, "" or "nodes/n1"; a name that ends in '/' is a
// folder.
struct Listed {
  std::string name{};
  std::uint64_t size = 0;
};
std::string folder_page(const Digest& run, std::string_view folder,
                        const std::vector<Listed>& files);

std::string problem_page(std::string_view title, std::string_view text);

}  // namespace clew
