#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <queue>

#include "reports/assemble.h"
#include "reports/recording.h"
#include "reports/reporter.h"
#include "tests/support/sample_results.h"

namespace clew {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

class Dice {
 public:
  std::uint64_t roll(std::uint64_t sides) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33U) % sides;
  }

 private:
  std::uint64_t state_ = 4711;
};

struct Client {
  std::int64_t process = 0, seat = 0;
  Nanos free{};
  bool operator>(const Client& other) const { return free > other.free; }
};

// A minute of `count` calls to registers by `clients`, as fast as answers come: 64 keys, unique
// values, latencies with a long tail, one in 200 without an answer. Reads return what was written
// last when they began. Indexes are as a recorder gives them: in order of time.
History load(std::size_t count, std::int64_t clients) {
  Dice dice;
  const std::int64_t usual = 60'000'000LL * clients / static_cast<std::int64_t>(count);
  std::priority_queue<Client, std::vector<Client>, std::greater<>> idle;
  for (std::int64_t i = 0; i < clients; ++i) idle.push({i, i, microseconds(i * 37)});
  std::vector<std::int64_t> held(64);
  std::vector<Op> ops;
  for (std::size_t n = 0; n < count; ++n) {
    Client client = idle.top();
    idle.pop();
    const std::size_t key = dice.roll(64);
    const std::uint64_t kind = dice.roll(10);
    Op op;
    op.time = client.free;
    op.process = client.process;
    op.key = "k" + std::to_string(key);
    op.node = "n" + std::to_string(client.seat % 5 + 1);
    op.f = kind < 5 ? "read" : kind < 8 ? "write" : "cas";
    const auto fresh = static_cast<std::int64_t>(n);
    if (op.f == "write") op.value = fresh;
    if (op.f == "cas") op.value = Value::List{held[key], fresh};
    ops.push_back(op);
    std::int64_t took =
        usual / 3 + static_cast<std::int64_t>(dice.roll(static_cast<std::uint64_t>(usual)));
    if (dice.roll(100) == 0) took *= 8;
    op.time += microseconds(took);
    op.kind = Kind::ok;
    if (op.f == "read") op.value = held[key];
    if (op.f != "read") held[key] = fresh;
    if (dice.roll(200) == 0) {
      op.kind = Kind::info;
      op.error = "timeout";
      client.process += clients;
    } else if (op.f == "cas" && dice.roll(4) == 0) {
      op.kind = Kind::fail;
      op.error = "compare-failed";
    }
    ops.push_back(op);
    client.free = op.time + microseconds(usual / 6);
    idle.push(client);
  }
  std::stable_sort(ops.begin(), ops.end(),
                   [](const Op& a, const Op& b) { return a.time < b.time; });
  for (std::size_t i = 0; i < ops.size(); ++i) ops[i].index = static_cast<std::int64_t>(i);
  return History(std::move(ops));
}

ShownCall shown(const History& history, std::size_t i) {
  const Op& op = history.ops()[i];
  const Op& done = history.ops()[history.completion(i)];
  return {op.index, op.process, op.node, op.f, op.f + " " + to_text(done.value),
          op.time,  done.time};
}

// Three calls of the middle of the history stand for a counterexample.
Counterexample made_up(const History& history) {
  Counterexample out = samples::stale_read();
  out.calls.clear();
  out.key.clear();
  for (std::size_t i = history.ops().size() / 2; out.calls.size() < 3; ++i) {
    const Op& op = history.ops()[i];
    if (op.kind != Kind::invoke || history.completion(i) == History::none) continue;
    if (!out.key.empty() && op.key != out.key) continue;
    out.key = op.key;
    out.calls.push_back(shown(history, i));
  }
  return out;
}

Results results_of(const History& history, std::int64_t clients) {
  Results results = samples::valid();
  results.verdicts.clear();
  results.concurrency = static_cast<int>(clients);
  summarise(results, history, samples::three_faults(), samples::split_leaders());
  Verdict verdict;
  verdict.checker = "linearizable";
  verdict.model = "cas-register";
  verdict.counterexamples = {made_up(history)};
  verdict.outcome = Outcome::invalid;
  for (std::size_t key = 0; key < 64; ++key)
    verdict.keys.push_back({.key = "k" + std::to_string(key)});
  for (KeyVerdict& key : verdict.keys)
    if (key.key == verdict.counterexamples[0].key) key.outcome = Outcome::invalid;
  results.verdicts = {verdict};
  conclude(results, true);
  return results;
}

void write(const std::filesystem::path& folder, const std::string& name, const Results& results,
           const History& history) {
  const auto html = ReporterRegistry::instance().find("report", "html").make(Options{});
  const std::clock_t began = std::clock();
  Recording recording = make_recording(history, results);
  recording.logs.to = seconds(60);
  for (int run = 0; name == "invalid" && run < 12; ++run) {
    recording.job.push_back(digest_of(results));
    recording.job.back().stamp = "2026021" + std::to_string(run % 10) + "T031500.120Z";
    if (run % 4 != 0) recording.job.back().stands = Standing::pass;
  }
  for (int i = 0; i < 300; ++i)
    recording.logs.lines.push_back({"n" + std::to_string(i % 5 + 1), seconds(i) / 5, Nanos{},
                                    i % 7 == 0 ? "warn" : "info",
                                    "line " + std::to_string(i) + " " + samples::hostile_text()});
  const std::string page = html->render(results, recording);
  std::ofstream(folder / (name + ".html"), std::ios::binary) << page;
  // Of the processor, which others may want at the same time.
  const std::int64_t took = 1000 * (std::clock() - began) / CLOCKS_PER_SEC;
  std::ofstream(folder / (name + ".json"), std::ios::binary) << results_to_json(results);
  std::printf("{\"name\":\"%s\",\"bytes\":%zu,\"ms\":%lld}\n", name.c_str(), page.size(),
              static_cast<long long>(took));
}

}  // namespace
}  // namespace clew

// write_pages FOLDER: report.html and results.json of every sample, with what was recorded, and of
// large runs; tells on stdout how large each is and how long it took.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: clew_write_pages FOLDER\n");
    return 254;
  }
  try {
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    for (const auto& [name, results] : clew::samples::all())
      clew::write(folder, name, results, clew::samples::history_of(name));
    for (const auto& [name, count] : {std::pair{"large", 200'000}, std::pair{"huge", 1'000'000}}) {
      const clew::History history = clew::load(static_cast<std::size_t>(count), 50);
      clew::write(folder, name, clew::results_of(history, 50), history);
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 255;
  }
  return 0;
}
