#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harness/clock.h"

namespace clew {

// What a run was asked to do: run.json, "schema":"clew.run/1". Written before
// anything starts, so that a run that died can still be judged.
struct RunInfo {
  std::string name{};  // Of the job: "etcd-register".
  std::string system{}, system_version{}, workload{}, nemesis{};
  std::uint64_t seed = 0;
  std::vector<std::string> nodes{};
  int concurrency = 0;
  Nanos time_limit{};
  std::string started{};  // utc_stamp
  std::string clew_version{};
  std::vector<std::string> argv{};
  std::string repeat_command{};
  std::vector<std::pair<std::string, std::string>> environment{};
  // Every option in force, defaults included.
  std::vector<std::pair<std::string, std::string>> options{};
};

std::string run_info_to_json(const RunInfo& info);
// Throws UsageError with what is wrong.
RunInfo run_info_from_json(const std::string& text);

// store/<name>/<UTC time>/: one folder a run.
class RunDir {
 public:
  // Makes a fresh folder under `store`/`name` and points the links
  // store/latest and store/<name>/latest at it. Throws EnvironmentError.
  static RunDir create(const std::filesystem::path& store, const std::string& name,
                       const std::string& stamp);
  // Opens one that is there: a path, "latest", "<name>/latest" or "<name>/<time>"
  // under `store`. Throws UsageError if there is none.
  static RunDir open(const std::filesystem::path& store, const std::string& given);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(const char* name) const { return path_ / name; }

 private:
  explicit RunDir(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace clew
