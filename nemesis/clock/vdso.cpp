#include "nemesis/clock/vdso.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "harness/error.h"

namespace clew {
namespace {

// Begin and end of the mapping; zeros when there is none.
std::pair<std::uint64_t, std::uint64_t> find_mapping(pid_t pid) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with("[vdso]")) continue;
    std::uint64_t low = 0, high = 0;
    char dash = 0;
    std::istringstream(line) >> std::hex >> low >> dash >> high;
    return {low, high};
  }
  return {};
}

// Reads structures out of the image, never beyond its end.
class Image {
 public:
  Image(pid_t pid, const std::vector<std::uint8_t>& bytes) : pid_(pid), bytes_(bytes) {}

  template <class T>
  T at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T))
      refuse_clock(pid_, "its vDSO is cut short");
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  std::string text(std::uint64_t offset) const {
    std::string out;
    for (char c; (c = at<char>(offset)) != '\0'; ++offset) out += c;
    return out;
  }

 private:
  pid_t pid_;
  const std::vector<std::uint8_t>& bytes_;
};

struct Tables {
  std::uint64_t symbols = 0, names = 0, hash = 0, gnu_hash = 0;
};

Tables find_tables(const Image& image, std::uint64_t dynamic, std::uint64_t base) {
  Tables tables;
  for (;; dynamic += sizeof(Elf64_Dyn)) {
    const auto entry = image.at<Elf64_Dyn>(dynamic);
    if (entry.d_tag == DT_NULL) return tables;
    const std::uint64_t value =  // Some loaders have made the addresses absolute.
        entry.d_un.d_ptr >= base ? entry.d_un.d_ptr - base : entry.d_un.d_ptr;
    if (entry.d_tag == DT_SYMTAB) tables.symbols = value;
    if (entry.d_tag == DT_STRTAB) tables.names = value;
    if (entry.d_tag == DT_HASH) tables.hash = value;
    if (entry.d_tag == DT_GNU_HASH) tables.gnu_hash = value;
  }
}

// How many symbols there are; newer kernels leave the old hash table out.
std::uint32_t count_symbols(const Image& image, const Tables& tables) {
  if (tables.hash != 0) return image.at<std::uint32_t>(tables.hash + 4);
  if (tables.gnu_hash == 0) return 0;
  const auto buckets = image.at<std::uint32_t>(tables.gnu_hash);
  const auto first = image.at<std::uint32_t>(tables.gnu_hash + 4);
  const auto bloom = image.at<std::uint32_t>(tables.gnu_hash + 8);
  const std::uint64_t at_buckets = tables.gnu_hash + 16 + std::uint64_t{bloom} * 8;
  const std::uint64_t at_chains = at_buckets + std::uint64_t{buckets} * 4;
  std::uint32_t last = 0;
  for (std::uint32_t b = 0; b < buckets; ++b)
    last = std::max(last, image.at<std::uint32_t>(at_buckets + std::uint64_t{b} * 4));
  if (last < first) return first;
  while ((image.at<std::uint32_t>(at_chains + std::uint64_t{last - first} * 4) & 1) == 0) ++last;
  return last + 1;
}

}  // namespace

void refuse_clock(pid_t pid, const std::string& why) {
  throw HarnessError("the clock of process " + std::to_string(pid) + " cannot be changed: " + why);
}

ProcessMemory::ProcessMemory(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/mem";
  fd_ = Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd_) refuse_clock(pid, errno_text("open(" + path + ")", errno));
}

// A process that has ended or executed another program has no such memory any more: 0.
bool ProcessMemory::read(std::uint64_t at, void* to, std::size_t size) const {
  const ssize_t got = ::pread(fd_.get(), to, size, static_cast<off_t>(at));
  if (got == static_cast<ssize_t>(size)) return true;
  if (got == 0) return false;
  throw HarnessError(errno_text("pread(/proc/.../mem)", got < 0 ? errno : EIO));
}

bool ProcessMemory::write(std::uint64_t at, const void* from, std::size_t size) const {
  const ssize_t put = ::pwrite(fd_.get(), from, size, static_cast<off_t>(at));
  if (put == static_cast<ssize_t>(size)) return true;
  if (put == 0) return false;
  throw HarnessError(errno_text("pwrite(/proc/.../mem)", put < 0 ? errno : EIO));
}

Vdso Vdso::of(pid_t pid, const ProcessMemory& memory) {
  const auto [low, high] = find_mapping(pid);
  if (low == 0) refuse_clock(pid, "it has no vDSO, or is gone");
  Vdso vdso;
  vdso.base = low;
  vdso.bytes.resize(high - low);
  if (!memory.read(low, vdso.bytes.data(), vdso.bytes.size())) refuse_clock(pid, "it is gone");
  const Image image(pid, vdso.bytes);
  const auto header = image.at<Elf64_Ehdr>(0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    refuse_clock(pid, "its vDSO is no ELF image");
  if (header.e_ident[EI_CLASS] != ELFCLASS64) refuse_clock(pid, "it is a 32-bit program");
  std::uint64_t dynamic = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto part = image.at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
    if (part.p_type == PT_LOAD) vdso.used = part.p_vaddr + part.p_memsz;
    if (part.p_type == PT_DYNAMIC) dynamic = part.p_vaddr;
  }
  if (vdso.used == 0 || vdso.used > vdso.bytes.size() || dynamic == 0)
    refuse_clock(pid, "its vDSO is laid out unlike any known");
  const Tables tables = find_tables(image, dynamic, low);
  for (std::uint32_t i = 0; i < count_symbols(image, tables); ++i) {
    const auto symbol = image.at<Elf64_Sym>(tables.symbols + i * sizeof(Elf64_Sym));
    if (symbol.st_shndx != SHN_UNDEF)
      vdso.functions[image.text(tables.names + symbol.st_name)] = {symbol.st_value, symbol.st_size};
  }
  return vdso;
}

}  // namespace clew
