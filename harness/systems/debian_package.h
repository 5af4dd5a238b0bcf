#pragma once

#include <filesystem>
#include <string>

namespace clew {

// Unpacks the newest version of a Debian package into a folder of `cache`, by
// `apt-get download` and `dpkg-deb`: no root, nothing installed, no service
// started. Returns the folder; later calls find it there and ask nobody.
// Throws EnvironmentError with the mend.
std::filesystem::path fetch_debian_package(const std::string& package,
                                           const std::filesystem::path& cache);

}  // namespace clew
