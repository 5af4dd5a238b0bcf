// A row for each fault: how it shows from outside, on a real etcd of five nodes.
// What is looked at is never what the fault itself looks at. The table is printed,
// and written to fault-table.md where the test runs; nemesis/README.md shows one.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "harness/http.h"
#include "harness/lab/fuse_disk.h"
#include "nemesis/plan.h"
#include "nemesis/targets.h"
#include "tests/nemesis/etcd_stage.h"

namespace clew {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t peer_port = 2380;

// How long a TCP connection from one node to another takes; nothing: more than `patience`.
std::optional<Nanos> connect_time(const Lab& lab, int from, const Node& to, Nanos patience) {
  std::optional<Nanos> took;
  std::thread([&] {
    if (::setns(lab.netns(from), CLONE_NEWNET) != 0) return;
    const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(peer_port);
    ::inet_pton(AF_INET, to.address.c_str(), &address.sin_addr);
    const Deadline began = Clock::now();
    ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    pollfd entry{.fd = socket.get(), .events = POLLOUT, .revents = 0};
    const auto ms = std::chrono::duration_cast<milliseconds>(patience).count();
    if (::poll(&entry, 1, static_cast<int>(ms)) == 1 && (entry.revents & POLLERR) == 0)
      took = Clock::now() - began;
  }).join();
  return took;
}

// A counter of the network stack that a process lives in: "TcpExt: TCPOFOQueue".
std::int64_t counter(pid_t pid, const std::string& file, const std::string& full_name) {
  const std::string layer = full_name.substr(0, full_name.find(' '));
  const std::string name = full_name.substr(full_name.find(' ') + 1);
  std::ifstream in("/proc/" + std::to_string(pid) + "/net/" + file);
  std::string names, values;
  while (std::getline(in, names) && std::getline(in, values)) {
    if (!names.starts_with(layer)) continue;
    std::istringstream name_words(names), value_words(values);
    for (std::string n, v; name_words >> n && value_words >> v;)
      if (n == name) return std::stoll(v);
  }
  return -1;
}

char process_state(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(in, text);
  const std::size_t end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() ? '-' : text[end + 2];
}

// Four clients of n1 that write all the time: without frames there is nothing to see.
class Load {
 public:
  explicit Load(EtcdStage& stage) {
    for (int i = 0; i < 4; ++i)
      threads_.emplace_back([&stage, i](const std::stop_token& stop) {
        const Node& n1 = stage.lab.nodes()[0];
        std::unique_ptr<Client> client;
        for (std::int64_t value = 0; !stop.stop_requested(); ++value) {
          if (!client) client = stage.system.connect(stage.lab, n1);
          const Op op{.f = "write", .key = "load" + std::to_string(i), .value = value};
          if (client->invoke(op, in(seconds(1))).kind == Kind::info) client.reset();
          std::this_thread::sleep_for(milliseconds(2));
        }
      });
  }

 private:
  std::vector<std::jthread> threads_;
};

// How far the clock of a server is from the machine's, by the date of its HTTP answers.
std::optional<Nanos> http_clock_offset(EtcdStage& stage, const Node& node) {
  std::string why;
  const Fd socket = stage.lab.dial(node, 2379, in(seconds(1)), why);
  const std::string request = "GET /version HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n";
  if (!socket || ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
    return std::nullopt;
  pollfd entry{.fd = socket.get(), .events = POLLIN, .revents = 0};
  std::array<char, 4096> answer{};
  if (::poll(&entry, 1, 1000) != 1) return std::nullopt;
  const ssize_t got = ::recv(socket.get(), answer.data(), answer.size() - 1, 0);
  const char* date = got > 0 ? std::strstr(answer.data(), "Date: ") : nullptr;
  std::tm told{};
  if (date == nullptr || ::strptime(date + 6, "%a, %d %b %Y %H:%M:%S", &told) == nullptr)
    return std::nullopt;
  return seconds(::timegm(&told) - std::time(nullptr));
}

// What is left of a lease that was granted for a minute, as a server tells it.
std::int64_t lease_left(EtcdStage& stage, const std::string& id) {
  std::string why;
  const Node node = find_leader(stage.arena, in(seconds(2)));
  HttpConnection connection(stage.lab.dial(node, 2379, in(seconds(1)), why), node.address);
  const HttpResult result =
      connection.post("/v3/lease/timetolive", R"({"ID":")" + id + "\"}", in(seconds(1)));
  const Value answer = parse_json(result.body);
  const Value* left = answer.find("TTL");
  return left != nullptr && left->is_text() ? std::stoll(left->as_text()) : -1;
}

std::string grant_lease(EtcdStage& stage) {
  std::string why;
  const Node node = find_leader(stage.arena, in(seconds(2)));
  HttpConnection connection(stage.lab.dial(node, 2379, in(seconds(1)), why), node.address);
  const HttpResult result = connection.post("/v3/lease/grant", R"({"TTL":"60"})", in(seconds(1)));
  return parse_json(result.body).find("ID")->as_text();
}

struct Row {
  std::string fault{}, seen{};
  bool shows = false;
  Nanos inject{}, recover{};
};

// What one fault does to node n2, as its neighbours and the kernel see it.
class FaultTable {
 public:
  explicit FaultTable(EtcdStage& stage) : stage_(stage), n2_(stage.lab.node("n2")) {}

  // Injects, waits until `look` sees it from outside, heals, waits until it is over.
  void row(FaultRecord plan, const std::function<Evidence()>& look) {
    plan.id = plan.fault + "#1";
    if (plan.target.empty()) plan.target = "n2";
    Row row{.fault = plan.fault + (plan.kind.empty() ? "" : ":" + plan.kind)};
    for (const auto& [name, value] : plan.parameters) row.fault += " " + name + "=" + value;
    const auto fault = make_fault(plan);
    Rng rng(1);
    pid_ = stage_.lab.status(n2_).pid;
    const Deadline began = Clock::now();
    fault->inject(stage_.arena, {.id = plan.id, .kind = plan.kind, .target = plan.target}, rng,
                  began + seconds(20));
    row.inject = Clock::now() - began;
    row.shows = stage_.await(look, row.seen);
    std::string told;
    EXPECT_TRUE(stage_.await([&] { return fault->verify(stage_.arena); }, told)) << told;
    const Deadline ended = Clock::now();
    fault->heal(stage_.arena, ended + seconds(20));
    EXPECT_TRUE(stage_.await([&] { return fault->verify_healed(stage_.arena); }, told)) << told;
    await_all_ready(*fault);
    row.recover = Clock::now() - ended;
    EXPECT_TRUE(row.shows) << row.fault << ": " << row.seen;
    rows_.push_back(row);
  }

  // A server may still be dying of what it had when it was healed.
  void await_all_ready(Fault& fault) {
    for (int tries = 0;; ++tries) {
      try {
        return stage_.system.await_ready(stage_.lab, Clock::now() + seconds(30));
      } catch (const EnvironmentError&) {
        if (tries == 3) throw;
        fault.verify_healed(stage_.arena);
      }
    }
  }

  // Looks at connections from n1 to n2.
  Evidence connects(Nanos patience, const std::function<bool(std::optional<Nanos>)>& wanted) {
    const auto took = connect_time(stage_.lab, 1, n2_, patience);
    return {.holds = wanted(took),
            .text = took ? "n1 connects to n2 in " + format_duration(*took)
                         : "n1 does not connect to n2 in " + format_duration(patience)};
  }
  Evidence grows(const std::string& file, const std::string& name, std::int64_t before) {
    const std::int64_t now = counter(pid_, file, name);
    return {.holds = now > before + 2,
            .text = "kernel of n2: " + name + " " + std::to_string(before) + " to " +
                    std::to_string(now)};
  }
  Evidence process_is(const std::string& states) {
    const char now = process_state(pid_);
    return {.holds = states.find(now) != std::string::npos,
            .text = "/proc/PID/stat: " + (now == '-' ? std::string("gone") : std::string(1, now))};
  }
  std::int64_t count(const std::string& file, const std::string& name) const {
    return counter(stage_.lab.status(n2_).pid, file, name);
  }

  std::string markdown() const {
    std::string out =
        "| fault | seen from outside | injected in | healed and all ready in "
        "|\n|---|---|---|---|\n";
    for (const Row& row : rows_)
      out += "| `" + row.fault + "` | " + row.seen + " | " + format_duration(row.inject) + " | " +
             format_duration(row.recover) + " |\n";
    return out;
  }

 private:
  EtcdStage& stage_;
  Node n2_;
  pid_t pid_ = 0;
  std::vector<Row> rows_;
};

void network_rows(FaultTable& table) {
  const auto never_connects = [&] {
    return table.connects(milliseconds(400), [](auto took) { return !took; });
  };
  const auto slow = [&] {
    return table.connects(seconds(2), [](auto took) { return took && *took > milliseconds(15); });
  };
  table.row({.fault = "partition"}, never_connects);
  table.row({.fault = "partition", .parameters = {{"flap", "100ms"}}}, never_connects);
  table.row({.fault = "hold"}, never_connects);
  table.row({.fault = "packet", .kind = "delay", .parameters = {{"delay", "40ms"}}}, slow);
  table.row({.fault = "packet", .kind = "loss", .parameters = {{"share", "0.5"}}}, [&] {
    return table.connects(seconds(3), [](auto took) { return took && *took > milliseconds(800); });
  });
  table.row({.fault = "packet", .kind = "rate", .parameters = {{"rate", "50"}}}, slow);
  std::int64_t before = table.count("netstat", "TcpExt: TCPDSACKOldSent");
  table.row({.fault = "packet", .kind = "duplicate", .parameters = {{"share", "0.5"}}},
            [&] { return table.grows("netstat", "TcpExt: TCPDSACKOldSent", before); });
  before = table.count("netstat", "TcpExt: TCPOFOQueue");
  table.row({.fault = "packet", .kind = "reorder", .parameters = {{"share", "0.5"}}},
            [&] { return table.grows("netstat", "TcpExt: TCPOFOQueue", before); });
  before = table.count("snmp", "Tcp: InCsumErrors");
  table.row({.fault = "packet", .kind = "corrupt", .parameters = {{"share", "0.3"}}},
            [&] { return table.grows("snmp", "Tcp: InCsumErrors", before); });
}

void process_rows(FaultTable& table, EtcdStage& stage) {
  table.row({.fault = "kill"}, [&] { return table.process_is("-Z"); });
  table.row({.fault = "pause"}, [&] { return table.process_is("T"); });
  table.row({.fault = "cpu", .parameters = {{"share", "0.1"}}}, [&] {
    int stopped = 0;
    for (int i = 0; i < 200; ++i) {
      stopped += table.process_is("T").holds ? 1 : 0;
      std::this_thread::sleep_for(milliseconds(1));
    }
    return Evidence{.holds = stopped > 100,
                    .text = "/proc/PID/stat: T in " + std::to_string(stopped) + " of 200 looks"};
  });
  table.row({.fault = "memory"}, [&] {
    if (table.process_is("-Z").holds) return Evidence{.holds = true, .text = "the server ends"};
    std::ifstream limits("/proc/" + std::to_string(stage.lab.status(stage.lab.node("n2")).pid) +
                         "/limits");
    for (std::string line; std::getline(limits, line);)
      if (line.starts_with("Max data size"))
        return Evidence{
            .holds = line.find("unlimited") > 30,
            .text = "/proc/PID/limits: " + line.substr(0, line.find_last_of("0123456789") + 1)};
    return Evidence{};
  });
  table.row({.fault = "membership", .kind = "replace"}, [&] {
    auto& face = dynamic_cast<HasMembership&>(stage.system);
    const Node n3 = stage.lab.node("n3");
    const auto members = face.members(stage.lab, n3, Clock::now() + seconds(1));
    if (!members) return Evidence{};
    for (const Member& member : *members)
      if (member.node == "n2")
        return Evidence{.holds = member.started,
                        .text = "n3 lists n2 as member " + std::to_string(member.id)};
    return Evidence{.text = "n3 does not list n2"};
  });
  table.row({.fault = "membership", .kind = "transfer", .target = "follower"}, [&] {
    const Node leader = find_leader(stage.arena, Clock::now() + seconds(2));
    return Evidence{.holds = true, .text = leader.name + " leads"};
  });
}

void clock_rows(FaultTable& table, EtcdStage& stage) {
  const Node n2 = stage.lab.node("n2");
  const auto date_is_off = [&] {
    const auto offset = http_clock_offset(stage, n2);
    return Evidence{.holds = offset && *offset > seconds(3500),
                    .text = "the date of n2's answers is " +
                            (offset ? format_duration(*offset) : "not told") + " ahead"};
  };
  table.row({.fault = "clock", .kind = "jump", .parameters = {{"by", "1h"}}}, date_is_off);
  table.row({.fault = "clock", .kind = "strobe", .parameters = {{"by", "1h"}, {"every", "20ms"}}},
            date_is_off);
  table.row({.fault = "clock", .kind = "drift", .parameters = {{"rate", "5"}}}, [&] {
    const auto offset = http_clock_offset(stage, n2);
    return Evidence{.holds = offset && *offset >= seconds(2),
                    .text = "the date of n2's answers runs ahead, by " +
                            (offset ? format_duration(*offset) : "?")};
  });
}

// The last one: when it is healed the clock goes back, and timers that were set meanwhile
// wait that much longer.
void monotonic_row(FaultTable& table, EtcdStage& stage) {
  const std::string lease = grant_lease(stage);
  table.row({.fault = "clock",
             .kind = "jump",
             .target = "all",
             .parameters = {{"by", "50s"}, {"monotonic", "true"}}},
            [&] {
              const std::int64_t left = lease_left(stage, lease);
              return Evidence{.holds = left >= 0 && left <= 12,
                              .text = "of a lease of 60 s " + std::to_string(left) + " s are left"};
            });
}

// Writes through n2 for a while; how many a second.
double writes_per_second(EtcdStage& stage, const Node& node) {
  const auto client = stage.system.connect(stage.lab, node);
  const Deadline began = Clock::now();
  int done = 0;
  for (std::int64_t value = 0; Clock::now() < began + milliseconds(700); ++value)
    done += client->invoke({.f = "write", .key = "speed", .value = value}, in(seconds(2))).kind ==
                    Kind::ok
                ? 1
                : 0;
  return done / std::chrono::duration<double>(Clock::now() - began).count();
}

void disk_rows(FaultTable& table, EtcdStage& stage) {
  const Node leader = find_leader(stage.arena, in(seconds(5)));
  const double before = writes_per_second(stage, leader);
  table.row(
      {.fault = "disk", .kind = "slow-fsync", .target = "all", .parameters = {{"by", "200ms"}}},
      [&] {
        const double now = writes_per_second(stage, leader);
        return Evidence{.holds = now < 10 && now < before / 3,
                        .text = std::to_string(static_cast<int>(before)) +
                                " writes a second, then " + std::to_string(static_cast<int>(now))};
      });
  const auto dies = [&] { return table.process_is("-Z"); };
  table.row({.fault = "disk", .kind = "fsync-error", .parameters = {{"share", "1"}}}, dies);
  table.row({.fault = "disk", .kind = "write-error", .parameters = {{"share", "1"}}}, dies);
  table.row({.fault = "power-loss"}, dies);
}

TEST(FaultTable, EveryFaultShowsFromOutsideAndIsOverWhenHealed) {
  CLEW_NEEDS_SANDBOX();
  with_etcd(
      [](EtcdStage& stage) {
        const Load load(stage);
        FaultTable table(stage);
        network_rows(table);
        process_rows(table, stage);
        clock_rows(table, stage);
        if (FuseDisk::why_not().empty()) disk_rows(table, stage);
        monotonic_row(table, stage);
        std::fprintf(stderr, "%s", table.markdown().c_str());
        std::ofstream("fault-table.md") << table.markdown();
      },
      FuseDisk::why_not().empty());
}

}  // namespace
}  // namespace clew
