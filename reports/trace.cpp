#include "reports/trace.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/client_lanes.h"

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

// Processes of the trace; within each, a thread is a track.
enum Group : int { clients = 1, faults_group = 2, leaders_group = 3 };

class Trace {
 public:
  // Text of the system under test may be no UTF-8; it is replaced, not refused.
  void add(const Json& event) {
    text_ += text_.empty() ? "" : ",\n";
    text_ += event.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void name_group(int group, const char* name) {
    add({{"ph", "M"}, {"pid", group}, {"name", "process_name"}, {"args", {{"name", name}}}});
    add({{"ph", "M"},
         {"pid", group},
         {"name", "process_sort_index"},
         {"args", {{"sort_index", group}}}});
  }
  void name_track(int group, std::size_t track, const std::string& name) {
    add({{"ph", "M"},
         {"pid", group},
         {"tid", track},
         {"name", "thread_name"},
         {"args", {{"name", name}}}});
  }
  void span(int group, std::size_t track, const std::string& name, const std::string& category,
            Nanos from, Nanos to, Json args) {
    add({{"ph", "X"},
         {"pid", group},
         {"tid", track},
         {"name", name},
         {"cat", category},
         {"ts", static_cast<double>(from.count()) / 1e3},
         {"dur", static_cast<double>(std::max(Nanos{0}, to - from).count()) / 1e3},
         {"args", std::move(args)}});
  }

  std::string whole() const {
    return "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + text_ + "\n]}\n";
  }

 private:
  std::string text_;
};

std::string title(const Op& op) {
  std::string text = op.f;
  if (!op.key.empty()) text += " " + op.key;
  if (!op.value.is_nil()) text += " " + to_json(op.value);
  constexpr std::size_t most = 80;
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

void add_operations(Trace& trace, const History& history, Nanos end) {
  const auto ops = history.ops();
  ClientLanes lanes(history, 0);
  std::size_t named = 0;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    if (op.process == nemesis_process) continue;
    const std::uint32_t lane = lanes.of(op.process);
    if (lane == named) {
      trace.name_track(clients, lane, "client " + std::to_string(lane));
      ++named;
    }
    if (op.kind != Kind::invoke) {
      lanes.ends(lane, op.kind == Kind::info);
      continue;
    }
    lanes.begins(lane);
    const std::size_t at = history.completion(i);
    const Op* answer = at == History::none ? nullptr : &ops[at];
    Json args{{"index", op.index}, {"process", op.process}};
    if (!op.key.empty()) args["key"] = op.key;
    if (!op.node.empty()) args["node"] = op.node;
    if (!op.value.is_nil()) args["asked"] = to_json(op.value);
    if (answer != nullptr && !answer->value.is_nil()) args["answer"] = to_json(answer->value);
    if (answer != nullptr && !answer->error.empty()) args["error"] = answer->error;
    trace.span(clients, lane, title(op),
               std::string(to_string(answer == nullptr ? Kind::info : answer->kind)), op.time,
               answer == nullptr ? end : answer->time, std::move(args));
  }
}

void add_faults(Trace& trace, const std::vector<FaultRecord>& faults, Nanos end) {
  std::map<std::string, std::size_t> tracks;  // By class: those of one class never overlap.
  for (const FaultRecord& fault : faults) {
    if (fault.applied == never) continue;
    const auto [it, fresh] = tracks.try_emplace(fault.fault, tracks.size());
    if (fresh) trace.name_track(faults_group, it->second, fault.fault);
    Json args{{"target", fault.target}, {"hit", to_json(fault.hit)}, {"proven", fault.verified}};
    if (!fault.evidence.empty()) args["evidence"] = fault.evidence;
    if (!fault.cause.empty()) args["set off by"] = fault.cause;
    trace.span(faults_group, it->second, fault.id, "fault", fault.applied,
               fault.healed == never ? end : fault.healed, std::move(args));
  }
}

void add_leaders(Trace& trace, const std::vector<LeaderSpan>& leaders) {
  std::map<std::string, std::size_t> tracks;
  for (const LeaderSpan& span : leaders) tracks.try_emplace(span.node, 0);
  std::size_t next = 0;
  for (auto& [node, track] : tracks) trace.name_track(leaders_group, track = next++, node);
  for (const LeaderSpan& span : leaders)
    trace.span(leaders_group, tracks[span.node], "leads term " + std::to_string(span.term),
               "leader", span.from, span.to, Json::object());
}

}  // namespace

std::string chrome_trace(const History& history, const std::vector<FaultRecord>& faults,
                         const std::vector<LeaderSpan>& leaders) {
  Nanos end{};
  for (const Op& op : history.ops()) end = std::max(end, op.time);
  for (const FaultRecord& fault : faults)
    if (fault.healed != never) end = std::max(end, fault.healed);
  Trace trace;
  trace.name_group(clients, "clients");
  trace.name_group(faults_group, "faults");
  trace.name_group(leaders_group, "leaders");
  add_operations(trace, history, end);
  add_faults(trace, faults, end);
  add_leaders(trace, leaders);
  return trace.whole();
}

}  // namespace clew
