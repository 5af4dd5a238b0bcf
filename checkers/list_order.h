#pragma once

#include <vector>

#include "checkers/engine.h"

namespace clew {

// A call on a list that only grows, at its end.
struct ListCall : Interval {
  bool append = false;
  Atom value = nil_atom;            // Appended.
  const std::vector<Atom>* seen{};  // By a read: the whole list.
};

// Decides such a list whose elements are each appended once at most, in the size
// of all that was read. Else it is not applicable.
Finding decide_list(const std::vector<ListCall>& calls);

}  // namespace clew
