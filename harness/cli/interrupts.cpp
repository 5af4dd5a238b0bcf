#include "harness/cli/interrupts.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <string_view>

namespace clew {
namespace {

sigset_t handled() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR1);  // Ends the thread.
  return set;
}

void say(std::string_view text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // Nobody listens: go on.
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t set = handled();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { wait_for_signals(); });
}

Interrupts::~Interrupts() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

void Interrupts::wait_for_signals() {
  const sigset_t set = handled();
  for (int count = 0; !ending_;) {
    int number = 0;
    if (sigwait(&set, &number) != 0 || number == SIGUSR1) continue;
    const int code = number == SIGINT ? 130 : 143;
    switch (++count) {
      case 1:
        exit_code_ = code;
        say("\nclew: interrupted: ending the load, healing, judging what was recorded (again: do "
            "not judge)\n");
        load_.request_stop();
        break;
      case 2:
        say("\nclew: interrupted twice: healing and saving only (again: end at once)\n");
        judging_.request_stop();
        break;
      default:
        say("\nclew: interrupted three times: ended; clew check judges what was recorded\n");
        ::_exit(code);
    }
  }
}

}  // namespace clew
