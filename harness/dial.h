#pragma once

#include <cstdint>
#include <string>

#include "harness/clock.h"
#include "harness/fd.h"

namespace clew {

// A TCP connection to an IPv4 address, from the caller's network namespace:
// non-blocking, TCP_NODELAY. An empty Fd and `error`, an errno, when it was
// refused or not made in time (ETIMEDOUT): then nothing was sent.
Fd dial_tcp(const std::string& address, std::uint16_t port, Deadline deadline, int& error);

}  // namespace clew
