#include "tests/support/endless_load.h"

#include <string>
#include <utility>

namespace clew::testing {

EndlessLoad::EndlessLoad(const Shape& shape, std::uint64_t seed)
    : shape_(shape), rng_(seed), clients_(static_cast<std::size_t>(shape.clients)) {
  for (int key = 0; key < shape.keys; ++key) {
    numbers_.push_back(next_key_++);
    left_.push_back(draw(1, shape.calls_per_key));
  }
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i].process = next_process_++;
    due_.push({draw(0, 1'000'000), 0, Step::invoke, i});
  }
}

Op EndlessLoad::next() {
  for (;;) {
    const Due due = due_.top();
    due_.pop();
    Client& client = clients_[due.client];
    switch (due.step) {
      case Step::invoke: return invoke(due);
      case Step::effect: take_effect(client); continue;
      case Step::complete: return complete(due);
    }
  }
}

Op EndlessLoad::invoke(const Due& due) {
  Client& client = clients_[due.client];
  const auto slot = static_cast<std::size_t>(draw(0, shape_.keys - 1));
  if (--left_[slot] <= 0) {
    numbers_[slot] = next_key_++;
    left_[slot] = shape_.calls_per_key;
  }
  Op& op = client.op;
  op = {.index = index_++, .time = Nanos(due.time), .process = client.process};
  op.key = "k" + std::to_string(numbers_[slot]);
  const double kind = rng_.unit();
  const auto held = values_.find(op.key);
  op.f = kind < shape_.reads ? "read" : kind < shape_.reads + shape_.cas ? "cas" : "write";
  if (op.f == "cas" && held == values_.end()) op.f = "write";
  if (op.f == "write") op.value = next_value_++;
  if (op.f == "cas") op.value = Value::List{held->second, next_value_++};
  client.lost = op.f != "read" && rng_.chance(shape_.unknown);
  client.effective = !client.lost || rng_.chance(0.5);
  client.fits = true;
  const std::int64_t took = draw(200'000, 2'000'000);
  due_.push({due.time + draw(1, took - 1), 0, Step::effect, due.client});
  due_.push({due.time + took, 0, Step::complete, due.client});
  ++invoked_;
  return op;
}

void EndlessLoad::take_effect(Client& client) {
  Op& op = client.op;
  const auto held = values_.find(op.key);
  if (op.f == "read") {
    op.value = held == values_.end() ? Value() : Value(held->second);
  } else if (op.f == "write") {
    if (client.effective) values_[op.key] = op.value.as_int();
  } else {
    client.fits = held->second == op.value.as_list()[0].as_int();
    if (client.fits && client.effective) held->second = op.value.as_list()[1].as_int();
  }
}

Op EndlessLoad::complete(const Due& due) {
  Client& client = clients_[due.client];
  Op op = client.op;
  op.index = index_++;
  op.time = Nanos(due.time);
  op.kind = client.lost ? Kind::info : client.fits ? Kind::ok : Kind::fail;
  if (op.kind == Kind::fail) op.error = std::string(compare_failed);
  if (op.kind == Kind::info) {
    op.error = "timed out";
    client.process = next_process_++;
  }
  // Keys that gave way are not needed any more, once nobody is busy with them.
  if (values_.size() > numbers_.size() * 64) {
    std::map<std::string, std::int64_t> kept;
    for (const std::int64_t number : numbers_)
      if (const auto it = values_.find("k" + std::to_string(number)); it != values_.end())
        kept.insert(*it);
    for (const Client& other : clients_)
      if (const auto it = values_.find(other.op.key); it != values_.end()) kept.insert(*it);
    values_.swap(kept);
  }
  due_.push({due.time + draw(1, 100'000), 0, Step::invoke, due.client});
  return op;
}

}  // namespace clew::testing
