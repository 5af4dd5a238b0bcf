#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace clew {

struct Results;

enum class CiHost : std::uint8_t { none, github, gitlab, buildkite };

// "auto" asks the environment: GITHUB_ACTIONS, GITLAB_CI, BUILDKITE. Throws UsageError.
CiHost ci_host(const std::string& name);

// What a CI system shows beside its log. All of it goes to stderr or to files and programs that
// the system offers; trouble with them is a warning and changes nothing else.
class Ci {
 public:
  explicit Ci(const std::string& name) : host_(ci_host(name)) {}

  // One annotation of a run that is no pass; GitHub shows ten a step, so at most eight are made.
  void annotate(const Results& results);
  // Markdown, for the page of the job; `failed` colours it.
  void summary(const std::filesystem::path& markdown, bool failed);
  // Both, from a run's folder; nothing where it has no results.
  void tell_run(const std::filesystem::path& run);

  CiHost host() const { return host_; }

 private:
  CiHost host_;
  int annotated_ = 0;
};

// A part of the log that can be folded, from here to the end of the scope.
class CiSection {
 public:
  CiSection(CiHost host, const std::string& title);
  ~CiSection();
  CiSection(const CiSection&) = delete;
  CiSection& operator=(const CiSection&) = delete;

 private:
  CiHost host_;
  int number_;
};

}  // namespace clew
