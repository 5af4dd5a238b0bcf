#include "checkers/export.h"

#include <algorithm>
#include <set>

#include "checkers/edn.h"
#include "harness/error.h"
#include "harness/history_file.h"

namespace clew {
namespace {

// Whether `:text` reads back as the same text.
bool is_keyword(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.*+!?<>=").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

void append_name(std::string& out, std::string_view text) {
  if (is_keyword(text)) {
    out += ':';
    out += text;
  } else {
    append_edn_string(out, text);
  }
}

void append_event(std::string& out, const Op& op) {
  out += "{:index " + std::to_string(op.index) + ", :time " + std::to_string(op.time.count());
  out += ", :process ";
  out += op.process < 0 ? ":nemesis" : std::to_string(op.process);
  out += ", :type :";
  out += to_string(op.kind);
  out += ", :f ";
  append_name(out, op.f);
  const auto text = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    out += name;
    append_edn_string(out, value);
  };
  text(", :key ", op.key);
  out += ", :value ";
  append_edn(out, op.value);
  text(", :node ", op.node);
  text(", :error ", op.error);
  // Without any :error, a failed cas might be read as a refusal.
  if (op.error.empty() && op.kind == Kind::fail && op.f == "cas") out += ", :error nil";
  out += "}\n";
}

Exported to_edn(const std::vector<Op>& ops) {
  Exported exported;
  for (const Op& op : ops) append_event(exported.text, op);
  return exported;
}

Exported to_jsonl(const std::vector<Op>& ops) {
  Exported exported;
  for (const Op& op : ops) append_history_line(exported.text, op);
  return exported;
}

// Porcupine's key-value lines know invocations and answers alone: of a call that failed
// nothing is written, of one with an unknown outcome only that it began.
class Porcupine {
 public:
  explicit Porcupine(const std::vector<Op>& ops) : history_(ops) {}

  Exported write() {
    for (std::size_t i = 0; i < history_.ops().size(); ++i) take(i);
    for (const std::string& what : lost_) exported_.lost.push_back(what);
    return std::move(exported_);
  }

 private:
  void take(std::size_t i) {
    const Op& op = history_.ops()[i];
    if (op.process < 0) return note("events of the nemesis");
    if (op.kind == Kind::fail) return note("calls that failed");
    if (op.kind == Kind::info) return note("the ends of calls with an unknown outcome");
    const std::size_t end = history_.completion(i);
    if (op.kind == Kind::invoke && end != History::none && history_.ops()[end].kind == Kind::fail)
      return;
    need(op);
    note("index and time (the order is kept)");
    if (!op.node.empty()) note("nodes");
    if (!op.error.empty()) note("errors");
    std::string& out = exported_.text;
    out += "{:process " + std::to_string(op.process) +
           ", :type :" + std::string(to_string(op.kind)) + ", :f :" + op.f + ", :key ";
    append_edn_string(out, op.key);
    out += ", :value ";
    append_edn(out, op.value);
    out += "}\n";
  }

  void need(const Op& op) const {
    const std::string event = "event " + std::to_string(op.index) + ": porcupine holds ";
    if (op.f != "get" && op.f != "put" && op.f != "append")
      throw UsageError(event + "get, put and append alone, not '" + op.f + "'; write edn instead");
    if (!op.value.is_nil() && !op.value.is_text())
      throw UsageError(event + "strings alone, not " + to_text(op.value) + "; write edn instead");
  }

  void note(const char* what) { lost_.insert(what); }

  History history_;
  Exported exported_{};
  std::set<std::string> lost_{};
};

}  // namespace

Exported export_history(const std::vector<Op>& ops, Format format) {
  switch (format) {
    case Format::jsonl: return to_jsonl(ops);
    case Format::edn: return to_edn(ops);
    case Format::porcupine: return Porcupine(ops).write();
    case Format::jepsen_log: break;
  }
  throw UsageError("console logs of Jepsen are only read; write edn, which Jepsen reads");
}

}  // namespace clew
