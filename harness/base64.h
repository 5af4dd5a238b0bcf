#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clew {

// Base64 of RFC 4648, section 4: the alphabet with + and /, padded, on one line.
std::string base64_encode(std::string_view bytes);

// Nothing if `text` is not exactly what base64_encode() makes of some bytes:
// a wrong character, missing padding, or bits behind the end that are not zero.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace clew
