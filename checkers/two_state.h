#pragma once

#include <vector>

#include "checkers/engine.h"

namespace clew {

// A call on one of many things that are each off or on, and off at first.
struct SwitchCall : Interval {
  enum class Effect : std::uint8_t {
    on,       // Was off, is on. Of unknown outcome: if it took effect.
    off,      // Was on, is off.
    sees_on,  // Changes nothing. Always of known outcome.
    sees_off,
  };
  Effect effect = Effect::on;
  Atom thing = nil_atom;
};

// Decides sets whose calls are each about one element, and locks without owners,
// in O(n log n). Always applicable.
Finding decide_switches(const std::vector<SwitchCall>& calls);

}  // namespace clew
