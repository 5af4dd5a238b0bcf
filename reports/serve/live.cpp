#include "reports/serve/live.h"

#include <nlohmann/json.hpp>

#include "harness/error.h"

namespace clew {
namespace {

using Json = nlohmann::json;

Json tally_json(const Tally& ops) { return Json::array({ops.ok, ops.fail, ops.info}); }

Tally tally_of(const Json& json) {
  return {.ok = json.at(0).get<std::uint64_t>(),
          .fail = json.at(1).get<std::uint64_t>(),
          .info = json.at(2).get<std::uint64_t>()};
}

Nanos nanos_of(const Json& json) { return Nanos(json.get<std::int64_t>()); }

}  // namespace

std::string live_to_json(const Live& live) {
  Json seconds = Json::array();
  for (const Live::Second& second : live.seconds)
    seconds.push_back({{"ops", tally_json(second.ops)},
                       {"p50_ns", second.p50.count()},
                       {"p99_ns", second.p99.count()}});
  const Json json{{"schema", "clew.live/1"},
                  {"phase", live.phase},
                  {"elapsed_ns", live.elapsed.count()},
                  {"limit_ns", live.limit.count()},
                  {"ops", tally_json(live.ops)},
                  {"faults", live.faults},
                  {"leader", live.leader},
                  {"judged", live.judged},
                  {"violation", live.violation},
                  {"seconds", std::move(seconds)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Live live_from_json(const std::string& text) try {
  const Json json = Json::parse(text);
  if (json.at("schema") != "clew.live/1") throw UsageError("live.json: not clew.live/1");
  Live live{.phase = json.at("phase"),
            .elapsed = nanos_of(json.at("elapsed_ns")),
            .limit = nanos_of(json.at("limit_ns")),
            .ops = tally_of(json.at("ops")),
            .faults = json.at("faults"),
            .leader = json.at("leader"),
            .judged = json.at("judged"),
            .violation = json.at("violation")};
  for (const Json& second : json.at("seconds")) {
    if (live.seconds.size() == Live::most_seconds) break;
    live.seconds.push_back({.ops = tally_of(second.at("ops")),
                            .p50 = nanos_of(second.at("p50_ns")),
                            .p99 = nanos_of(second.at("p99_ns"))});
  }
  return live;
} catch (const Json::exception& e) { throw UsageError(std::string("live.json: ") + e.what()); }

}  // namespace clew
