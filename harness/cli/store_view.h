#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/fd.h"
#include "reports/serve/pages.h"

namespace clew {

// The runs of a store, seen from outside while others write them. Nothing below the store is
// reached through a symbolic link, and nothing outside of it at all.
class StoreView {
 public:
  explicit StoreView(std::filesystem::path store) : store_(std::move(store)) {}

  // All runs, as they are now; results.json is read again only where it changed. What cannot be
  // read is there too, and says why.
  const std::vector<Digest>& runs();
  // One of them as it is now; nothing if there is no such folder.
  std::optional<Digest> run(const std::string& name, const std::string& stamp);

  // A file or folder below the store, opened to be read; an empty Fd if there is none, or if it
  // is neither. `is_folder` says which.
  Fd open(const std::vector<std::string>& parts, bool& is_folder) const;
  std::vector<Listed> list(const Fd& folder) const;
  // Of such a file. Throws UsageError: missing, no plain file, or too large.
  std::string text(const std::vector<std::string>& parts) const;

 private:
  struct Seen {
    std::string mark{};  // Of what was read: changes when the file does.
    Digest digest{};
  };
  Digest read(const std::string& name, const std::string& stamp);
  Digest without_results(Digest run) const;

  std::filesystem::path store_;
  std::map<std::string, Seen> seen_;  // By name/stamp.
  std::vector<Digest> runs_;
};

}  // namespace clew
