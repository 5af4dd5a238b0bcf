#pragma once

#include <memory>
#include <string_view>

#include "harness/op.h"

namespace clew {

// The quick reader of history lines. It takes what a strict JSON parser takes
// and gives the same Op; where it finds anything out of the ordinary it says so
// by `false`, and the caller reads the line again with the plain reader, which
// knows the words for every mistake. One reader serves one thread.
class EventReader {
 public:
  EventReader();
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  // How many bytes must be readable behind `line`; what they are does not matter.
  static std::size_t padding();

  // Fills `op`, which must be fresh. After `false` it may be half filled.
  bool read(std::string_view line, Op& op);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace clew
