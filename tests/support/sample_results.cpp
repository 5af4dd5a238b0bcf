#include "tests/support/sample_results.h"

#include <algorithm>

#include "reports/assemble.h"

namespace clew::samples {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Nanos ms(double value) { return Nanos(static_cast<std::int64_t>(value * 1e6)); }

// A fixed sequence of numbers, so that pages and golden files stay the same.
class Dice {
 public:
  std::uint64_t roll(std::uint64_t sides) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33U) % sides;
  }

 private:
  std::uint64_t state_ = 42;
};

bool in_partition(Nanos t) { return t >= seconds(10) && t < seconds(18); }
bool in_kill(Nanos t) { return t >= seconds(25) && t < ms(27500); }

struct Outcomes {
  Nanos latency{};
  Kind kind = Kind::ok;
  std::string error{};
};

Outcomes play(Dice& dice, Nanos now, const std::string& f) {
  Outcomes out;
  out.latency = microseconds(1500 + static_cast<std::int64_t>(dice.roll(2500)));
  if (dice.roll(100) == 0) out.latency *= 4;
  if (in_partition(now)) out.latency *= 1 + static_cast<std::int64_t>(dice.roll(60));
  if (in_kill(now)) out.latency *= 30 + static_cast<std::int64_t>(dice.roll(100));
  const std::uint64_t luck = dice.roll(100);
  if ((in_partition(now) && luck < 12) || (in_kill(now) && luck < 35)) {
    out.kind = Kind::info;
    out.error = luck < 6 ? "timeout" : "connection reset";
  } else if (f == "cas" && luck < 70) {
    out.kind = Kind::fail;
    out.error = std::string(compare_failed);
  }
  return out;
}

Results run_plan() {
  Results results;
  results.system = "etcd";
  results.system_version = "3.4.23";
  results.workload = "register";
  results.nemesis = "partition,kill:leader,pause";
  results.seed = 42;
  results.nodes = {"n1", "n2", "n3", "n4", "n5"};
  results.concurrency = 20;
  results.time_limit = seconds(60);
  results.started = "20260214T031500.120Z";
  results.clew_version = "0.1.0";
  results.environment = {{"kernel", "6.1.0"}, {"cpu", "2 cores"}, {"lab", "namespaces"}};
  results.repeat_command =
      "clew test etcd --workload register --nemesis partition,kill:leader,pause --nodes "
      "n1,n2,n3,n4,n5 --concurrency 4n --time-limit 60 --seed 42";
  results.check_command = "clew check store/etcd-register/20260214T031500.120Z";
  results.files = {{"history.jsonl", "sha256:9f2c41d0b6"}};
  return results;
}

Verdict linearizable(std::size_t keys) {
  Verdict verdict;
  verdict.checker = "linearizable";
  verdict.model = "cas-register";
  verdict.reason = "every key has an order that explains it";
  verdict.check_time = ms(830);
  for (std::size_t i = 0; i < keys; ++i) {
    KeyVerdict key;
    key.key = "k" + std::to_string(12 + i);
    key.engine = i % 3 == 0 ? "frontier" : "zones";
    key.calls = 900 + i * 7;
    key.unknown_calls = i % 4;
    key.max_concurrency = 6 + i % 5;
    key.check_time = ms(0.3 + static_cast<double>(i) / 10);
    key.configurations = i % 3 == 0 ? 1842 + i : 0;
    verdict.keys.push_back(key);
  }
  return verdict;
}

Verdict stats() {
  Verdict verdict;
  verdict.checker = "stats";
  verdict.reason = "every function had some ok operations";
  verdict.check_time = ms(2);
  return verdict;
}

void fail_key(Verdict& verdict, Counterexample shown) {
  verdict.outcome = Outcome::invalid;
  verdict.reason = "1 key has no order that explains it";
  for (KeyVerdict& key : verdict.keys)
    if (key.key == shown.key) key.outcome = Outcome::invalid;
  verdict.counterexamples.push_back(std::move(shown));
}

Results full_run() {
  Results results = run_plan();
  summarise(results, register_history(), three_faults(), split_leaders());
  results.verdicts = {linearizable(12), stats()};
  return results;
}

}  // namespace

History register_history() {
  Dice dice;
  std::vector<Op> ops;
  for (std::int64_t client = 0; client < 20; ++client) {
    std::int64_t process = client;
    Nanos now = milliseconds(client * 3);
    while (now < seconds(60)) {
      static const std::vector<std::string> functions{"read", "read", "write", "cas"};
      Op op;
      op.time = now;
      op.process = process;
      op.f = functions[dice.roll(functions.size())];
      op.key = "k" + std::to_string(12 + dice.roll(12));
      op.node = "n" + std::to_string(client % 5 + 1);
      const auto number = static_cast<std::int64_t>(dice.roll(5));
      if (op.f == "write") op.value = number;
      if (op.f == "cas") op.value = Value::List{number, number + 1};
      ops.push_back(op);
      const Outcomes out = play(dice, now, op.f);
      op.time = now + out.latency;
      op.kind = out.kind;
      op.error = out.error;
      if (op.f == "read" && op.kind == Kind::ok) op.value = number;
      ops.push_back(op);
      if (op.kind == Kind::info) process += 20;
      now = op.time + milliseconds(95) + microseconds(dice.roll(4000));
    }
  }
  for (std::size_t i = 0; i < ops.size(); ++i) ops[i].index = static_cast<std::int64_t>(i);
  return History(std::move(ops));
}

std::vector<FaultRecord> three_faults() {
  FaultRecord partition{.id = "partition#1",
                        .fault = "partition",
                        .target = "halves",
                        .planned = seconds(10),
                        .planned_heal = seconds(18)};
  partition.applied = ms(10002);
  partition.healed = ms(18004);
  partition.hit =
      Value::object({{"cut", Value::List{Value::List{"n1", "n2"}, Value::List{"n3", "n4", "n5"}}}});
  partition.verified = partition.verified_healed = true;
  partition.evidence = "1,204 frames dropped on 12 cut links";
  partition.heal_evidence = "no frame dropped for 200 ms, 318 frames passed";
  FaultRecord kill{.id = "kill#1",
                   .fault = "kill",
                   .target = "leader",
                   .planned = seconds(25),
                   .planned_heal = ms(27500)};
  kill.applied = ms(25003);
  kill.healed = ms(27610);
  kill.hit = Value::object({{"nodes", Value::List{"n3"}}});
  kill.verified = kill.verified_healed = true;
  kill.evidence = "n3: killed by SIGKILL";
  kill.heal_evidence = "n3: running, pid 4711";
  FaultRecord pause{.id = "pause#1",
                    .fault = "pause",
                    .target = "one",
                    .planned = seconds(35),
                    .planned_heal = seconds(41)};
  pause.applied = ms(35001);
  pause.healed = ms(41002);
  pause.hit = Value::object({{"nodes", Value::List{"n4"}}});
  pause.verified = pause.verified_healed = true;
  pause.evidence = "n4: state T";
  pause.heal_evidence = "n4: state S";
  return {partition, kill, pause};
}

std::vector<LeaderSpan> split_leaders() {
  return {{"n1", 1, ms(0), ms(17930)},
          {"n3", 2, ms(11380), ms(25000)},
          {"n5", 3, ms(26300), ms(60000)}};
}

Counterexample stale_read() {
  Counterexample shown;
  shown.key = "k17";
  shown.anomaly = "stale-read";
  shown.sentence =
      "Stale read on key k17: client 5 read 7 at 14.228 s, 15.8 ms after write 8 was acknowledged.";
  shown.let_then = {
      "Let T1 = op 35180 (write 7), T2 = op 35188 (write 8), T3 = op 35192 (read -> 7).",
      "T1 < T2 because T1 returned before T2 was invoked; T2 < T3 because T2 returned before T3 "
      "was "
      "invoked;",
      "however T3 needs T2 < T1 or T3 < T2, since it read T1's value: a contradiction."};
  shown.calls = {{35180, 3, "n3", "write", "write 7", ms(14201.2), ms(14204.9)},
                 {35188, 1, "n3", "write", "write 8", ms(14206.3), ms(14212.0)},
                 {35192, 5, "n1", "read", "read -> 7", ms(14220.4), ms(14227.8)}};
  shown.order = {{0, "7"}, {1, "8"}};
  shown.blocked = {{2, "needs 7, but the register holds 8"}};
  shown.minimal = true;
  shown.calls_in_key = 1857;
  return shown;
}

Counterexample lost_update() {
  Counterexample shown;
  shown.key = "k20";
  shown.anomaly = "lost-update";
  shown.sentence = "Lost update on key k20: cas 3 -> 4 was acknowledged, but a later read found 3.";
  shown.let_then = {"Let T1 = op 501 (cas 3 -> 4), T2 = op 509 (read -> 3).",
                    "T1 < T2 because T1 returned before T2 was invoked.",
                    "Then T2 reads 4: a contradiction."};
  shown.calls = {
      {495, 7, "n2", "write", "write 3", ms(16000.0), ms(16002.0)},
      {499, 27, "n4", "write", "write 9", ms(16001.5), Nanos::max(), Kind::info},
      {501, 3, "n3", "cas", "cas 3 -> 4", ms(16002.1), ms(16002.2)},
      {503, 8, "n3", "cas", "cas 5 -> 6: refused", ms(16002.15), ms(16009.0), Kind::fail},
      {509, 5, "n1", "read", "read -> 3", ms(16150.0), ms(16151.0)},
      {512, 9, "n1", "read", "read -> 3", ms(16150.5), ms(16152.0)}};
  shown.order = {{0, "3"}, {2, "4"}, {3, "4"}};
  shown.blocked = {{4, "needs 3, but the register holds 4"},
                   {5, "needs 3, but the register holds 4"}};
  shown.other_orders = {{{{0, "3"}, {4, "3"}, {5, "3"}},
                         {{2, "began before 'read -> 3' of process 5 returned"},
                          {3, "comes after 'cas 3 -> 4' of process 3, which has no place"}}}};
  shown.calls_in_key = 940;
  return shown;
}

Results valid() {
  Results results = full_run();
  conclude(results, true);
  return results;
}

// What is said beside an invalid verdict.
void add_remarks(Verdict& verdict) {
  verdict.guarantees = {
      {"sequential consistency", Outcome::invalid, "client 1 read 3 (op 8)", "k2"},
      {"monotonic reads", Outcome::invalid,
       "client 3 read 4 (op 12) and then read 3 (op 20), but client 1 wrote 3 (op 2) and then "
       "wrote 4 (op 6)",
       "k2"},
      {"monotonic writes", Outcome::valid, "", ""},
      {"read your writes", Outcome::valid, "", ""},
      {"writes follow reads", Outcome::unknown, "step limit", "k2"}};
  Staleness& staleness = verdict.staleness.emplace();
  staleness.all = {"", 9'800, 41, ms(400), ms(3'200)};
  staleness.nodes = {{"n3", 3'200, 40, ms(410), ms(3'200)}, {"n1", 3'300, 1, ms(9), ms(9)}};
  Audit& audit = verdict.audit.emplace();
  audit.keys = 2;
  audit.resting = audit.undecided = 1;
  audit.cause = "time limit";
  audit.needed = {{"write", "etcdserver: request timed out", 12, {41, 45, 60, 61, 70, 75}},
                  {"cas", "compare-failed", 1, {90}}};
}

Results invalid() {
  Results results = full_run();
  fail_key(results.verdicts[0], stale_read());
  fail_key(results.verdicts[0], lost_update());
  add_remarks(results.verdicts[0]);
  conclude(results, true);
  return results;
}

Results unknown() {
  Results results = full_run();
  Verdict& verdict = results.verdicts[0];
  verdict.outcome = Outcome::unknown;
  verdict.cause = "time limit";
  verdict.reason = "2 keys were not decided in 10 m 0 s";
  verdict.check_time = seconds(600);
  for (const std::size_t i : {3U, 8U}) {
    verdict.keys[i].outcome = Outcome::unknown;
    verdict.keys[i].cause = "time limit";
  }
  conclude(results, true);
  return results;
}

Results vacuous() {
  Results results = run_plan();
  results.nemesis = "partition";
  FaultRecord fault = three_faults().front();
  fault.verified = fault.verified_healed = false;
  fault.evidence = "0 frames dropped";
  fault.heal_evidence.clear();
  summarise(results, register_history(), {fault}, {{"n1", 1, ms(0), ms(60000)}});
  results.verdicts = {linearizable(12), stats()};
  conclude(results, true);
  return results;
}

Results internal_error() {
  Results results = full_run();
  results.verdicts[0].outcome = Outcome::unknown;
  results.verdicts[0].cause = "internal error: two engines disagree on key k14";
  conclude(results, true);
  return results;
}

Results many_failing() {
  Results results = full_run();
  results.verdicts[0] = linearizable(600);
  for (int i = 0; i < 14; ++i) {
    Counterexample shown = i % 2 == 0 ? stale_read() : lost_update();
    shown.key = "k" + std::to_string(40 + i * 20);
    fail_key(results.verdicts[0], std::move(shown));
  }
  conclude(results, true);
  return results;
}

Results empty() {
  Results results;
  summarise(results, History{}, {}, {});
  conclude(results, false);
  return results;
}

History one_call() {
  const Op op{.index = 0, .time = ms(5), .f = "write", .key = "k1", .value = 1, .node = "n1"};
  Op done = op;
  done.index = 1;
  done.time = ms(7);
  done.kind = Kind::ok;
  return History({op, done});
}

Results one_operation() {
  Results results = run_plan();
  results.nemesis = "none";
  summarise(results, one_call(), {}, {});
  results.verdicts = {linearizable(1)};
  conclude(results, false);
  return results;
}

History unanswered_calls() {
  std::vector<Op> ops;
  for (std::int64_t i = 0; i < 40; ++i) {
    Op op;
    op.index = 2 * i;
    op.time = milliseconds(i);
    op.process = i;
    op.f = i % 2 == 0 ? "read" : "write";
    op.key = "k1";
    op.node = "n1";
    ops.push_back(op);
    if (i % 4 == 0) continue;  // Never came back.
    op.index = 2 * i + 1;
    op.time = milliseconds(i + 500);
    op.kind = Kind::info;
    op.error = "timeout";
    ops.push_back(op);
  }
  return History(std::move(ops));
}

Results nothing_known() {
  Results results = run_plan();
  summarise(results, unanswered_calls(), {}, {});
  results.verdicts = {linearizable(1)};
  conclude(results, false);
  return results;
}

Results long_window() {
  Results results = full_run();
  Counterexample shown = stale_read();
  shown.minimal = false;
  shown.calls.clear();
  shown.order.clear();
  for (std::size_t i = 0; i < 300; ++i) {
    const auto number = static_cast<std::int64_t>(i);
    shown.calls.push_back({number * 2, number % 7, "n1", "write", "write " + std::to_string(i),
                           milliseconds(number * 10), milliseconds(number * 10 + 65)});
    shown.order.push_back({i, std::to_string(i)});
  }
  shown.calls.push_back(
      {600, 9, "n2", "read", "read -> 5", milliseconds(3200), milliseconds(3201)});
  shown.blocked = {{300, "needs 5, but the register holds 299"}};
  fail_key(results.verdicts[0], std::move(shown));
  conclude(results, true);
  return results;
}

std::string hostile_text() {
  return std::string(
             "</script></style></title>--><script>document.title='owned'</script>"
             "<img src=x onerror=document.title='owned'>\"'`]]>&amp;&#0;"
             "\x1b[2J\x1b]0;owned\x07 \xe2\x80\xae\xe2\x81\xa6RTL \xff\xfe\xc0\x80"
             "\xed\xa0\x80\xef\xbf\xbe | [x](javascript:alert(1)) @all ```") +
         '\0' + "after\nNUL\r\n::error::x";
}

History hostile_calls() {
  const std::string bad = hostile_text();
  std::vector<Op> ops;
  for (std::int64_t i = 0; i < 4; ++i) {
    Op op;
    op.index = 2 * i;
    op.time = milliseconds(i);
    op.process = i;
    op.f = i % 2 == 0 ? bad : "read";
    op.key = bad;
    op.node = bad;
    op.value = bad;
    ops.push_back(op);
    op.index = 2 * i + 1;
    op.time = milliseconds(i + 5);
    op.kind = i < 2 ? Kind::ok : Kind::fail;
    op.error = bad + std::string(1'000'000, 'x');
    ops.push_back(op);
  }
  return History(std::move(ops));
}

Results hostile() {
  const std::string bad = hostile_text();
  Results results = run_plan();
  FaultRecord fault = three_faults().front();
  fault.applied = ms(1);
  fault.healed = ms(30);
  for (std::string* text : {&fault.id, &fault.fault, &fault.target, &fault.evidence,
                            &fault.heal_evidence, &fault.error})
    *text = bad;
  fault.hit = Value::object(
      {{bad, bad}, {"cut", Value::List{Value::List{bad}}}, {"nodes", Value::List{bad}}});
  summarise(results, hostile_calls(), {fault},
            {{bad, 1, ms(0), ms(30)}, {bad + "2", 2, ms(1), ms(30)}});
  results.system = results.system_version = results.workload = results.nemesis = bad;
  results.nodes = {bad};
  results.started = results.clew_version = results.repeat_command = results.check_command = bad;
  results.environment = {{bad, bad}};
  results.warnings = {bad};
  results.files = {{bad, bad}};
  results.verdicts = {linearizable(2), stats()};
  Verdict& verdict = results.verdicts[0];
  verdict.checker = verdict.cause = verdict.reason = verdict.model = bad;
  Counterexample shown = stale_read();
  shown.key = shown.anomaly = shown.sentence = bad;
  shown.let_then = {bad, std::string(1'000'000, 'y')};
  for (ShownCall& call : shown.calls) {
    call.node = call.f = call.text = bad;
    call.invoked = milliseconds(call.process);
    call.returned = ms(20);
  }
  for (Step& step : shown.order) step.state = bad;
  for (Blocked& blocked : shown.blocked) blocked.reason = bad;
  shown.other_orders = {{shown.order, shown.blocked}, {{}, {}}};
  for (KeyVerdict& key : verdict.keys) key.key = key.cause = key.engine = bad;
  verdict.keys[1].outcome = Outcome::unknown;
  fail_key(verdict, std::move(shown));
  verdict.reason = bad;
  conclude(results, true);
  return results;
}

History history_of(const std::string& name) {
  if (name == "empty") return {};
  if (name == "one-operation") return one_call();
  if (name == "nothing-known") return unanswered_calls();
  if (name == "hostile") return hostile_calls();
  return register_history();
}

const std::vector<std::pair<std::string, Results>>& all() {
  static const std::vector<std::pair<std::string, Results>> every{
      {"valid", valid()},
      {"invalid", invalid()},
      {"unknown", unknown()},
      {"vacuous", vacuous()},
      {"internal-error", internal_error()},
      {"many-failing", many_failing()},
      {"empty", empty()},
      {"one-operation", one_operation()},
      {"nothing-known", nothing_known()},
      {"long-window", long_window()},
      {"hostile", hostile()}};
  return every;
}

}  // namespace clew::samples
