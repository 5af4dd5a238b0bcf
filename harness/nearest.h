#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clew {

// The known name that `given` was most likely meant to be; "" if none is close.
std::string nearest(std::string_view given, const std::vector<std::string>& known);

// "unknown fault 'pasue'; did you mean 'pause'? known: kill, partition, pause"
std::string unknown_name(std::string_view what, std::string_view given,
                         const std::vector<std::string>& known);

}  // namespace clew
