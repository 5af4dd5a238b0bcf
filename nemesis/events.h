#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <regex>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/fault_record.h"
#include "harness/op.h"

namespace clew {

// Something that happened in a run and that a fault may have waited for.
struct Event {
  std::string kind{};     // As Trigger::event.
  std::string subject{};  // The function, the log line, the fault's id.
  std::string node{};     // Where, if at one node.
  std::string key{};      // Of an acknowledged operation.
  std::string text{};     // For people: "write of k3 acknowledged by n2".
  Nanos time{};
};

// Where everything that happens in a run is told, and faults wait for their turn.
// Thread-safe; telling costs next to nothing while nobody waits for such an event.
class Events {
 public:
  enum class Edge : std::uint8_t { on, until };

  // Throws UsageError where the trigger's regular expression is none.
  Events(const std::vector<FaultRecord>& schedule, std::function<Nanos()> now);

  void told(const Op& completion);  // Of a client; others than ok are passed over.
  void log_line(const std::string& node, const std::string& line);
  void leader(const LeaderSpan& span);
  void applied(const FaultRecord& fault);
  void healed(const FaultRecord& fault);
  // A node begins an fsync of that file. Returns when all that this set off has been
  // done, or after two seconds: the fault strikes while the fsync goes on.
  void fsync(const std::string& node, const std::string& path);
  // What begins (or ends) fault `index` has been done, or has failed.
  void settled(std::size_t index, Edge edge);

  // Waits until what begins (or ends) fault `index` of the schedule has come about, until
  // `latest`, or until a stop. The event; nothing if it did not come.
  std::optional<Event> await(std::size_t index, Edge edge, Nanos latest,
                             const std::stop_token& stop);

  // Which nodes that fault hit; empty before it was applied.
  std::vector<std::string> hit_by(const std::string& id) const;
  std::string leader_now() const;  // As last heard; empty: nobody yet.
  bool wants_logs() const { return wants_logs_; }
  bool wants_fsyncs() const { return wants_fsyncs_; }

 private:
  struct Expectation {
    Trigger trigger{};
    std::string owner{};  // The fault that waits.
    Edge edge = Edge::on;
    std::regex line{};  // Or path.
    int seen = 0;
    std::optional<Event> fired{};
    bool settled = false;
  };

  void expect(const FaultRecord& fault, const Trigger& trigger, Edge edge);
  bool tell(Event event);  // Whether it set something off.
  bool matches(const Expectation& expectation, const Event& event) const;
  bool is_armed(const Expectation& expectation) const;
  bool is_at(const std::string& where, const std::string& node) const;

  std::function<Nanos()> now_;
  bool wants_logs_ = false, wants_fsyncs_ = false;
  std::atomic<int> acks_awaited_{0};

  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable_any changed_;
  std::vector<Expectation> expectations_;
  std::map<std::pair<std::size_t, Edge>, std::size_t> place_;  // Of a fault's, in expectations_.
  std::map<std::string, std::vector<std::string>> hit_;        // By id, once applied.
  std::string leader_;
};

}  // namespace clew
