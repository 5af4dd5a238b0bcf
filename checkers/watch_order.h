#pragma once

#include <memory>

#include "checkers/checker.h"

namespace clew {

// What etcd promises of watches (KV API guarantees: ordered, unique, reliable,
// atomic). Each ok `watch` is one stream: its value are [revision, key, value] in
// the order in which they came, its invocation's value the revision it asked from.
//   ordered   revisions never go back, nor below the one asked for
//   unique    no change of a key at a revision comes twice
//   reliable  between its first and last revision it has whatever another stream saw
//   the same  two streams that saw one change saw one value
// O(events log events). Operations other than watch are passed over.
std::unique_ptr<Checker> watch_order();

}  // namespace clew
