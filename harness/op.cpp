#include "harness/op.h"

#include "harness/check.h"

namespace clew {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::invoke: return "invoke";
    case Kind::ok: return "ok";
    case Kind::fail: return "fail";
    case Kind::info: return "info";
  }
  check_failed("a known kind", __FILE__, __LINE__);
}

}  // namespace clew
