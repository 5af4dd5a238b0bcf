#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clew {

// RFC 4648, with padding.
std::string base64_encode(std::string_view bytes);
// Nothing if `text` is no such encoding.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace clew
