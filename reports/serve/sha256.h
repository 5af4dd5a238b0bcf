#pragma once

#include <string>
#include <string_view>

namespace clew {

// SHA-256 (FIPS 180-4), 32 raw bytes: a content security policy names by it what may run.
std::string sha256(std::string_view bytes);

}  // namespace clew
