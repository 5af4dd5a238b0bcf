#pragma once

#include <string>
#include <string_view>

namespace clew {

// `bytes` compressed (zlib, RFC 1950), in base64: what DecompressionStream("deflate") opens.
// Always the same for the same bytes.
std::string packed(std::string_view bytes);

}  // namespace clew
