#include "harness/systems/etcd_client.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/base64.h"
#include "harness/error.h"
#include "harness/systems/etcd_errors.h"

namespace clew {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds lock_lease{5};

std::string plain_key(const Op& op) { return "clew/" + op.key; }
std::string etcd_key(const Op& op) { return base64_encode(plain_key(op)); }
std::string etcd_value(const Value& value) { return base64_encode(std::to_string(value.as_int())); }

// What an answer that is no success says of itself.
struct Refusal {
  int code = 2;  // UNKNOWN
  std::string message{};
};

Refusal refusal_of(const HttpResult& result) {
  const json body = json::parse(result.body, nullptr, false);
  Refusal refusal{.message = "HTTP " + std::to_string(result.status)};
  if (!body.is_object()) return refusal;
  if (const auto code = body.find("code"); code != body.end() && code->is_number_integer())
    refusal.code = code->get<int>();
  for (const char* name : {"message", "error"}) {
    const auto text = body.find(name);
    if (text == body.end() || !text->is_string()) continue;
    refusal.message = text->get<std::string>();
    break;
  }
  return refusal;
}

// A read that came to nothing has had no effect: that is a failure, whatever went wrong.
Completion failed_read(const HttpResult& result) {
  if (result.fate != HttpResult::Fate::answered) return Completion::fail(result.error);
  return Completion::fail(refusal_of(result).message);
}

Completion failed_mutation(const HttpResult& result) {
  if (result.fate == HttpResult::Fate::not_sent) return Completion::fail(result.error);
  if (result.fate == HttpResult::Fate::lost) return Completion::info(result.error);
  const Refusal refusal = refusal_of(result);
  if (etcd_definitely_refused(refusal.code, refusal.message))
    return Completion::fail(refusal.message);
  return Completion::info(refusal.message);
}

bool success(const HttpResult& result) {
  return result.fate == HttpResult::Fate::answered && result.status == 200;
}

// An answer of etcd carries its header; anything else did not come from it.
json parse_answer(const HttpResult& result) {
  json body = json::parse(result.body, nullptr, false);
  if (!body.is_object() || !body.contains("header")) return json(nullptr);
  return body;
}

// What we wrote reads as the number it is. Other bytes are an observation too, and one the checker
// must see: a store that returns what nobody wrote is broken.
Value observed(const std::string& bytes) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
  if (error == std::errc{} && end == bytes.data() + bytes.size() && std::to_string(number) == bytes)
    return Value(number);
  return Value(bytes);
}

std::optional<std::string> bytes_of(const json& kv, const char* name) {
  const auto member = kv.find(name);
  if (member == kv.end()) return std::string();  // Empty ones are left out.
  if (!member->is_string()) return std::nullopt;
  return base64_decode(member->get_ref<const std::string&>());
}

// The value of the one key of a range answer. Nothing if it cannot be understood.
std::optional<Value> value_of(const json& body, const std::string& key) {
  const auto kvs = body.find("kvs");
  if (kvs == body.end()) return Value();  // Empty lists are left out.
  if (!kvs->is_array() || kvs->size() > 1) return std::nullopt;
  if (kvs->empty()) return Value();
  const json& kv = kvs->front();
  if (!kv.is_object() || bytes_of(kv, "key") != key) return std::nullopt;
  const auto bytes = bytes_of(kv, "value");
  if (!bytes) return std::nullopt;
  return observed(*bytes);
}

std::int64_t whole_number(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return 0;
  return std::strtoll(member->get_ref<const std::string&>().c_str(), nullptr, 10);
}

// Takes what a watch's stream says, line by line.
class WatchReader {
 public:
  void take(std::string_view bytes) {
    pending_ += bytes;
    for (std::size_t end = pending_.find('\n'); end != std::string::npos;
         end = pending_.find('\n')) {
      take_line(pending_.substr(0, end));
      pending_.erase(0, end + 1);
    }
  }
  Value::List take_events() { return std::move(events_); }
  const std::string& trouble() const { return trouble_; }
  bool begun() const { return begun_; }

 private:
  void take_line(const std::string& line) {
    const json message = json::parse(line, nullptr, false);
    const auto result = message.is_object() ? message.find("result") : message.end();
    if (!message.is_object() || result == message.end() || !result->is_object()) {
      trouble_ = line.substr(0, 200);
      return;
    }
    begun_ = begun_ || result->value("created", false);
    if (result->value("canceled", false))
      trouble_ = "canceled: " + result->value("cancel_reason", "");
    const auto events = result->find("events");
    if (events == result->end() || !events->is_array()) return;
    for (const json& event : *events) {
      const auto kv = event.find("kv");
      if (kv == event.end()) continue;
      events_.emplace_back(Value::List{whole_number(*kv, "mod_revision"),
                                       bytes_of(*kv, "key").value_or("?"),
                                       observed(bytes_of(*kv, "value").value_or("?"))});
    }
  }

  std::string pending_{}, trouble_{};
  Value::List events_{};
  bool begun_ = false;
};

}  // namespace

Completion EtcdClient::invoke(const Op& op, Deadline deadline) {
  if (op.f == "read") return read(op, deadline);
  if (op.f == "write") return write(op, deadline);
  if (op.f == "cas") return cas(op, deadline);
  if (op.f == "acquire") return acquire(op, deadline);
  if (op.f == "release") return release(op, deadline);
  if (op.f == "watch") return watch(op, deadline);
  throw HarnessError("etcd's client does not speak '" + op.f + "'");
}

// Dials first where there is no usable connection. One that turns out to be
// closed before a byte was sent is replaced once; the request itself goes out
// at most once.
HttpResult EtcdClient::ask(const std::string& path, const std::string& body, Deadline deadline) {
  HttpResult result{.fate = HttpResult::Fate::not_sent};
  const bool reused = connection_ && connection_->open();
  if (reused) {
    result = connection_->post(path, body, deadline);
    if (result.fate != HttpResult::Fate::not_sent) return result;
  }
  Fd socket = cluster_.dial(node_, etcd_client_port, deadline, result.error);
  if (!socket) return result;
  connection_.emplace(std::move(socket), node_.address + ":" + std::to_string(etcd_client_port));
  return connection_->post(path, body, deadline);
}

Completion EtcdClient::read(const Op& op, Deadline deadline) {
  json request{{"key", etcd_key(op)}};
  if (options_.serializable) request["serializable"] = true;
  const HttpResult result = ask("/v3/kv/range", request.dump(), deadline);
  if (!success(result)) return failed_read(result);
  const json body = parse_answer(result);
  const auto value = body.is_null() ? std::nullopt : value_of(body, plain_key(op));
  if (!value) return Completion::fail("not understood: " + result.body.substr(0, 200));
  return Completion::ok(*value);
}

Completion EtcdClient::write(const Op& op, Deadline deadline) {
  const json put{{"key", etcd_key(op)}, {"value", etcd_value(op.value)}};
  const json old_read{{"key", etcd_key(op)}, {"revision", 1}};
  const json guarded{{"success", {{{"requestPut", put}}, {{"requestRange", old_read}}}}};
  const HttpResult result = options_.guarded_writes ? ask("/v3/kv/txn", guarded.dump(), deadline)
                                                    : ask("/v3/kv/put", put.dump(), deadline);
  if (!success(result)) return failed_mutation(result);
  if (parse_answer(result).is_null())
    return Completion::info("not understood: " + result.body.substr(0, 200));
  return Completion::ok(op.value);
}

Completion EtcdClient::cas(const Op& op, Deadline deadline) {
  const std::string key = etcd_key(op);
  const Value::List& values = op.value.as_list();
  const json compare{
      {"key", key}, {"target", "VALUE"}, {"result", "EQUAL"}, {"value", etcd_value(values.at(0))}};
  const json put{{"requestPut", {{"key", key}, {"value", etcd_value(values.at(1))}}}};
  const json request{{"compare", json::array({compare})}, {"success", json::array({put})}};
  const HttpResult result = ask("/v3/kv/txn", request.dump(), deadline);
  if (!success(result)) return failed_mutation(result);
  const json body = parse_answer(result);
  if (body.is_null()) return Completion::info("not understood: " + result.body.substr(0, 200));
  // False fields are left out.
  const auto succeeded = body.find("succeeded");
  if (succeeded == body.end()) return Completion::fail(std::string(compare_failed));
  if (!succeeded->is_boolean())
    return Completion::info("not understood: " + result.body.substr(0, 200));
  return succeeded->get<bool>() ? Completion::ok(op.value)
                                : Completion::fail(std::string(compare_failed));
}

// A client that does not stand still releases long before its lease expires. One
// that got the lock late cannot rely on that: it does not say that it holds it.
Completion EtcdClient::acquire(const Op& op, Deadline deadline) {
  const Deadline asked = Clock::now();
  const json wanted{{"TTL", std::to_string(lock_lease.count())}};
  const HttpResult lease = ask("/v3/lease/grant", wanted.dump(), deadline);
  if (!success(lease)) return Completion::fail("no lease: " + failed_read(lease).error);
  const json granted = parse_answer(lease);
  if (granted.is_null() || !granted.contains("ID")) return Completion::fail("no lease");
  const json request{{"name", etcd_key(op)}, {"lease", granted.at("ID")}};
  const HttpResult result = ask("/v3/lock/lock", request.dump(), deadline);
  if (!success(result)) return failed_mutation(result);
  const json body = parse_answer(result);
  if (body.is_null() || !body.contains("key") || !body.at("key").is_string())
    return Completion::info("not understood: " + result.body.substr(0, 200));
  if (Clock::now() - asked > lock_lease / 2.0)
    return Completion::info("granted when half of its lease was over");
  held_ = body.at("key").get<std::string>();
  return Completion::ok(op.value);
}

// Ends with the deadline as a rule; what came until then is the answer.
Completion EtcdClient::watch(const Op& op, Deadline deadline) {
  std::string why;
  Fd socket = cluster_.dial(node_, etcd_client_port, deadline, why);
  if (!socket) return Completion::fail(why);
  HttpConnection connection(std::move(socket), node_.address);
  json create{{"key", base64_encode("clew/")}, {"range_end", base64_encode("clew0")}};
  if (op.value.is_int()) create["start_revision"] = std::to_string(op.value.as_int());
  WatchReader reader;
  const HttpResult result =
      connection.stream("/v3/watch", json{{"create_request", create}}.dump(),
                        std::min(deadline, Clock::now() + left(deadline) * 9 / 10),
                        [&](std::string_view bytes) { reader.take(bytes); });
  if (!reader.begun())
    return Completion::fail(reader.trouble().empty() ? result.error : reader.trouble());
  return Completion::ok(reader.take_events());
}

// Its failure is no news: without a keep-alive the lease ends the lock anyhow.
Completion EtcdClient::release(const Op& op, Deadline deadline) {
  const std::string key = std::exchange(held_, {});
  const HttpResult result = ask("/v3/lock/unlock", json{{"key", key}}.dump(), deadline);
  if (success(result) && !parse_answer(result).is_null()) return Completion::ok(op.value);
  return Completion::info("the lease will end it: " + failed_read(result).error);
}

}  // namespace clew
