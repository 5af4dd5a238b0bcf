#pragma once

#include <filesystem>

namespace clew {

// Packs the files of `folder` into `output`, a .tar.gz in which they lie under the folder's
// name. The same files make the same bytes: sorted, without owner, time or mode of this
// machine. Sockets, pipes and links are left out. Written aside, fsynced, renamed. Throws
// EnvironmentError.
void write_bundle(const std::filesystem::path& folder, const std::filesystem::path& output);

}  // namespace clew
