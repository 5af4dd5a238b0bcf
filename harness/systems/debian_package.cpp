#include "harness/systems/debian_package.h"

#include <unistd.h>

#include <vector>

#include "harness/clock.h"
#include "harness/error.h"
#include "harness/process.h"

namespace clew {
namespace {

namespace fs = std::filesystem;

constexpr auto download_patience = std::chrono::minutes(3);

// The line that matters: apt may warn of other things first.
std::string complaint(const std::string& said) {
  const std::size_t error = said.rfind("E: ", 0) == 0 ? 0 : said.find("\nE: ");
  const std::size_t at = error == std::string::npos ? 0 : error + (error == 0 ? 0 : 1);
  return said.substr(at, said.find('\n', at) - at);
}

void run_or_throw(const std::string& package, const std::vector<std::string>& argv,
                  const fs::path& folder) {
  const CommandResult result = run_command(argv, Clock::now() + download_patience, folder);
  if (result.exit_code == 0) return;
  const std::string said = result.timed_out ? "no end within 3 minutes" : complaint(result.err);
  throw EnvironmentError(
      "cannot fetch the package " + package + " (" + argv[0] + ": " + said +
      "); run: sudo apt-get update, or name a server that you have by --bin PATH");
}

fs::path downloaded(const fs::path& folder, const std::string& package) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".deb") return entry.path();
  throw EnvironmentError("apt-get download " + package + " left no .deb file");
}

}  // namespace

fs::path fetch_debian_package(const std::string& package, const fs::path& cache) {
  const fs::path ready = cache / package;
  std::error_code error;
  if (fs::exists(ready, error)) return ready;
  const fs::path aside = cache / (package + ".tmp" + std::to_string(::getpid()));
  fs::create_directories(aside / "deb", error);
  if (error)
    throw EnvironmentError("cannot make the folder " + aside.string() + ": " + error.message());
  try {
    run_or_throw(package, {"/usr/bin/apt-get", "download", package}, aside / "deb");
    const fs::path deb = downloaded(aside / "deb", package);
    run_or_throw(package, {"/usr/bin/dpkg-deb", "-x", deb.string(), (aside / "root").string()},
                 aside);
    fs::rename(aside / "root", ready, error);
    if (error && !fs::exists(ready))
      throw EnvironmentError("cannot make " + ready.string() + ": " + error.message());
  } catch (...) {
    fs::remove_all(aside, error);
    throw;
  }
  fs::remove_all(aside, error);
  return ready;
}

}  // namespace clew
