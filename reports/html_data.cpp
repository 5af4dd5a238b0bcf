#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "reports/html.h"
#include "reports/packed.h"
#include "reports/recording.h"
#include "reports/story.h"
#include "reports/svg.h"
#include "reports/wording.h"

namespace clew {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_faults = 2000;
constexpr std::size_t most_shown = 10;

// Whole microseconds; null: never.
ordered_json micros(Nanos time) {
  if (time == never) return nullptr;
  return std::chrono::floor<std::chrono::microseconds>(time).count();
}

ordered_json faults_of(const Results& results) {
  ordered_json out = ordered_json::array();
  const std::vector<std::string> kinds = fault_kinds(results.faults);
  for (const FaultRecord& fault : results.faults) {
    if (!fault.verified || fault.applied == never || out.size() == most_faults) continue;
    std::string does = fault.fault + (fault.kind.empty() ? "" : ":" + fault.kind);
    for (const auto& [name, value] : fault.parameters) does += " " + name + "=" + value;
    ordered_json nodes = ordered_json::array();
    for (const std::string& node : nodes_hit(fault.hit)) nodes.push_back(plain(node, 40));
    out.push_back({{"id", plain(fault.id, 60)},
                   {"kind", kind_of(kinds, fault)},
                   {"label", fault_label(fault)},
                   {"does", plain(does, 80)},
                   {"nodes", std::move(nodes)},
                   {"from", micros(fault.applied)},
                   {"to", micros(fault.healed)}});
  }
  return out;
}

ordered_json leaders_of(const Results& results) {
  ordered_json out = ordered_json::array();
  for (const LeaderSpan& span : results.leaders)
    out.push_back({{"node", plain(span.node, 40)},
                   {"term", span.term},
                   {"from", micros(span.from)},
                   {"to", micros(span.to)}});
  return out;
}

ordered_json overlaps_of(const Results& results) {
  ordered_json out = ordered_json::array();
  for (const Overlap& both : overlaps(results.leaders))
    out.push_back({{"nodes", {plain(both.older.node, 40), plain(both.newer.node, 40)}},
                   {"from", micros(both.from)},
                   {"to", micros(both.to)}});
  return out;
}

// Where the page has the operations of these indexes.
std::unordered_map<std::int64_t, std::size_t> places_of(
    const std::vector<const Counterexample*>& all, const Operations& ops) {
  std::unordered_set<std::int64_t> wanted;
  for (const Counterexample* shown : all)
    for (const ShownCall& call : shown->calls) wanted.insert(call.index);
  std::unordered_map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < ops.index_at.size(); ++i)
    if (wanted.contains(ops.index_at[i])) places.emplace(ops.index_at[i], i);
  return places;
}

ordered_json failures_of(const Results& results, const Operations& ops) {
  std::vector<const Counterexample*> all = counterexamples(results);
  all.resize(std::min(all.size(), most_shown));
  const auto places = places_of(all, ops);
  ordered_json out = ordered_json::array();
  for (const Counterexample* shown : all) {
    ordered_json calls = ordered_json::array();
    ordered_json misfits = ordered_json::array();
    for (std::size_t i = 0; i < std::min<std::size_t>(shown->calls.size(), 500); ++i) {
      const auto place = places.find(shown->calls[i].index);
      if (place == places.end()) continue;
      calls.push_back(place->second);
      if (blocked_at(*shown, i) != nullptr) misfits.push_back(place->second);
    }
    out.push_back({{"key", plain(shown->key, 80)},
                   {"anomaly", an_anomaly(*shown)},
                   {"from", micros(window(*shown).first)},
                   {"to", micros(window(*shown).second)},
                   {"calls", std::move(calls)},
                   {"misfits", std::move(misfits)}});
  }
  return out;
}

ordered_json bins_of(const Results& results) {
  ordered_json out = ordered_json::array();
  for (const TimeBin& bin : results.performance.bins)
    out.push_back({micros(bin.from), micros(bin.to), bin.ops.ok, bin.ops.fail, bin.ops.info,
                   micros(bin.p50), micros(bin.p95), micros(bin.p99), micros(bin.max)});
  return out;
}

ordered_json shown_texts(const std::vector<std::string>& texts) {
  ordered_json out = ordered_json::array();
  for (const std::string& text : texts) out.push_back(plain(text, 80));
  return out;
}

ordered_json meta(const Results& results, const Recording& recording) {
  const Operations& ops = recording.operations;
  ordered_json lanes = ordered_json::array();
  for (const Operations::Lane& lane : ops.lanes) lanes.push_back({lane.operations, lane.process});
  ordered_json outages = ordered_json::array();
  for (const Outage& outage : recording.disturbances.outages)
    outages.push_back({micros(outage.from), micros(outage.to)});
  return {{"format", 1},
          {"operations", ops.count},
          {"lanes", std::move(lanes)},
          {"functions", ops.functions},
          {"keys", ops.keys},
          {"nodes", ops.nodes},
          {"errors", ops.errors},
          {"cluster", shown_texts(results.nodes)},
          {"kinds", shown_texts(fault_kinds(results.faults))},
          {"faults", faults_of(results)},
          {"leaders", leaders_of(results)},
          {"overlaps", overlaps_of(results)},
          {"failures", failures_of(results, ops)},
          {"bins", bins_of(results)},
          {"outages", std::move(outages)}};
}

// What no parser can take for markup: only in texts, where they mean the same.
std::string as_script(const ordered_json& value) {
  std::string out;
  for (const char c : value.dump(-1, ' ', false, ordered_json::error_handler_t::replace)) {
    switch (c) {
      case '<': out += "\\u003c"; break;
      case '>': out += "\\u003e"; break;
      case '&': out += "\\u0026"; break;
      default: out += c;
    }
  }
  return out;
}

void block(Markup& page, std::string_view name, std::string_view type, std::string_view content) {
  page.open("script", {{"type", std::string(type)}, {"id", "data-" + std::string(name)}})
      .raw(content)
      .close()
      .raw("\n");
}

ordered_json logs_of(const NodeLogs& logs) {
  ordered_json out = ordered_json::array();
  for (const LogLine& line : logs.lines)
    out.push_back(
        {plain(line.node, 40), micros(line.at), micros(line.offset), line.level, line.text});
  return out;
}

}  // namespace

void html_data(Markup& page, const Results& results, const Recording& recording) {
  const Operations& ops = recording.operations;
  block(page, "meta", "application/json", as_script(meta(results, recording)));
  const std::initializer_list<std::pair<std::string_view, const std::string*>> columns{
      {"gaps", &ops.gaps},           {"durations", &ops.durations},
      {"kinds", &ops.kinds},         {"key", &ops.key},
      {"node", &ops.node},           {"error", &ops.error},
      {"processes", &ops.processes}, {"indexes", &ops.indexes}};
  for (const auto& [name, column] : columns)
    block(page, name, "application/octet-stream", packed(*column));
  std::string values;
  for (const std::string& chunk : ops.values) values += (chunk.empty() ? "" : packed(chunk)) + "\n";
  block(page, "values", "application/octet-stream", values);
  block(
      page, "logs", "application/octet-stream",
      packed(logs_of(recording.logs).dump(-1, ' ', false, ordered_json::error_handler_t::replace)));
}

}  // namespace clew
