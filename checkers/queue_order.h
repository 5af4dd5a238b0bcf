#pragma once

#include <vector>

#include "checkers/engine.h"

namespace clew {

// A call on a first-in-first-out queue.
struct QueueCall : Interval {
  bool enqueue = false;
  Atom value = nil_atom;  // Enqueued, or dequeued; nil: the queue was empty.
};

// Decides a queue whose values are each enqueued once at most, in O(n log n).
// Not applicable where a value is enqueued twice, or where a dequeue of unknown
// outcome may be what explains an element that never came out.
Finding decide_queue(const std::vector<QueueCall>& calls);

}  // namespace clew
