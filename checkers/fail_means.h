#pragma once

#include <cstdint>

namespace clew {

// What a cas that ended in `fail` with the error compare_failed says. Any other
// `fail` never happened.
enum class FailMeans : std::uint8_t {
  observed,  // The system compared and refused: a definite observation.
  absent,    // As Jepsen and Knossos read it: the call did not happen, nothing was learnt.
};

}  // namespace clew
