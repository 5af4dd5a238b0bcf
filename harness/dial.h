#pragma once

#include <cstdint>
#include <string>

#include "harness/clock.h"
#include "harness/fd.h"

namespace clew {

// A TCP connection from the caller's network namespace: non-blocking,
// TCP_NODELAY. An empty Fd and `why` when it was refused or not made in time.
Fd dial_tcp(const std::string& address, std::uint16_t port, Deadline deadline, std::string& why);

}  // namespace clew
