#include "plugin/library.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <fstream>
#include <memory>

#include "harmonium/errors.hpp"

namespace harmonium::plugin {

namespace {

constexpr const char* symbol = "harmonium_plugin";

class Collector final : public Registrar {
 public:
  void add(TypeInfo&& type) override { types.push_back(std::move(type)); }
  std::vector<TypeInfo> types;
};

/// Boost says "boost::dll::shared_library::load() failed (dlerror system message: FILE: REASON): CATEGORY".
std::string reason_of(const std::string& what, const std::filesystem::path& file) {
  constexpr std::string_view before = "dlerror system message: ";
  const auto start = what.find(before);
  if (start == std::string::npos) return what;
  std::string reason = what.substr(start + before.size());
  if (const auto end = reason.rfind("):"); end != std::string::npos) reason.erase(end);
  if (const std::string prefix = file.string() + ": "; reason.starts_with(prefix)) reason.erase(0, prefix.size());
  return reason;
}

/// Throws where a file cannot be a whole library: the loader itself would be killed by a truncated one, and would wait
/// for ever for what is no file.
void check_whole(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) throw Error(Exit::plugin_missing, "it is not a regular file");
  const std::uintmax_t size = std::filesystem::file_size(file);
  std::ifstream in(file, std::ios::binary);
  Elf64_Ehdr header{};
  if (!in.read(reinterpret_cast<char*>(&header), sizeof header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64)
    return;  // no library of this machine's: the loader says so
  const auto ends_within = [&](std::uint64_t first, std::uint64_t bytes) {
    return first <= size && bytes <= size - first;
  };
  bool whole = ends_within(header.e_shoff, std::uint64_t{header.e_shentsize} * header.e_shnum) &&
               ends_within(header.e_phoff, std::uint64_t{header.e_phentsize} * header.e_phnum) &&
               header.e_phentsize == sizeof(Elf64_Phdr);
  in.seekg(static_cast<std::streamoff>(whole ? header.e_phoff : 0));
  for (int i = 0; whole && i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    whole = in.read(reinterpret_cast<char*>(&segment), sizeof segment) &&
            (segment.p_type != PT_LOAD || ends_within(segment.p_offset, segment.p_filesz));
  }
  if (!whole) throw Error(Exit::plugin_missing, "it is cut short: a library of this size should be longer");
}

/// Opens with all symbols resolved, so that a missing one is found now and not in the middle of a run, and out of sight
/// of other plugins. Never closed: types, values and exceptions of the plugin may live until the process ends.
boost::dll::shared_library& open(const std::filesystem::path& file) {
  using boost::dll::load_mode::rtld_local;
  using boost::dll::load_mode::rtld_now;
  check_whole(file);
  static auto& opened = *new std::vector<std::unique_ptr<boost::dll::shared_library>>;
  try {
    opened.push_back(std::make_unique<boost::dll::shared_library>(file, rtld_now | rtld_local));
  } catch (const std::exception& error) {
    const std::string reason = reason_of(error.what(), file);
    const bool symbols = reason.find("undefined symbol") != std::string::npos;
    throw Error(Exit::plugin_missing,
                fmt::format("it cannot be opened as a library: {}{}", reason,
                            symbols ? " (was it built against another version of the SDK?)" : ""));
  }
  return *opened.back();
}

}  // namespace

std::string objection(const PluginHandshake& handshake) {
  if (handshake.magic != plugin_magic)
    return fmt::format("its symbol '{}' is not that of a Harmonium plugin (the magic number is {:#x})", symbol,
                       handshake.magic);
  if (handshake.sdk_major != HARMONIUM_SDK_MAJOR)
    return fmt::format("it was built with SDK {}.{}, but this program takes SDK {}.{}: build it again",
                       handshake.sdk_major, handshake.sdk_minor, HARMONIUM_SDK_MAJOR, HARMONIUM_SDK_MINOR);
  if (handshake.sdk_minor > HARMONIUM_SDK_MINOR)
    return fmt::format("it was built with SDK {}.{}, which is newer than this program's {}.{}: update Harmonium",
                       handshake.sdk_major, handshake.sdk_minor, HARMONIUM_SDK_MAJOR, HARMONIUM_SDK_MINOR);
  if (handshake.size < sizeof(PluginHandshake))
    return fmt::format("its handshake has {} bytes instead of {}", handshake.size, sizeof(PluginHandshake));
  if (handshake.abi == nullptr || std::strcmp(handshake.abi, HARMONIUM_ABI) != 0)
    return fmt::format(
        "it was built with another compiler ABI ({}; this program has {}): build it with the same "
        "compiler and standard library",
        handshake.abi ? handshake.abi : "none", HARMONIUM_ABI);
  if (handshake.load == nullptr) return "its handshake has no function that registers types";
  return "";
}

std::vector<TypeInfo> types_of_library(const std::filesystem::path& file) {
  const boost::dll::shared_library& library = open(file);
  if (!library.has(symbol))
    throw Error(
        Exit::plugin_missing,
        fmt::format("it is a library but no plugin: it has no symbol '{}' (HARMONIUM_PLUGIN is missing)", symbol));
  const auto& handshake = library.get<const PluginHandshake>(symbol);
  if (const std::string reason = objection(handshake); !reason.empty()) throw Error(Exit::plugin_missing, reason);
  Collector collector;
  if (const char* failure = handshake.load(&collector))
    throw Error(Exit::plugin_missing, fmt::format("it failed while registering its types: {}", failure));
  return std::move(collector.types);
}

}  // namespace harmonium::plugin
