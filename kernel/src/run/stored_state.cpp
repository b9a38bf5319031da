#include "run/stored_state.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "harmonium/errors.hpp"
#include "run/hash.hpp"

namespace harmonium::run {
namespace {

namespace fs = std::filesystem;

/// Smaller tensors are copied: a page is mapped whole.
constexpr std::uint64_t mapped_from_bytes = std::uint64_t{64} << 10;

[[noreturn]] void unreadable(const fs::path& path, int error) {
  // The state may be well; what is short is this process's.
  if (error == EMFILE || error == ENFILE || error == ENOMEM) io_failed("read", path, error);
  throw BadData(fmt::format("{} cannot be read: {}", path.filename().string(), std::strerror(error)));
}

Descriptor open_to_read(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) unreadable(path, errno);
  return file;
}

std::uint64_t size_of(const Descriptor& file, const fs::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) unreadable(path, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void read_at(const Descriptor& file, const fs::path& path, void* to, std::uint64_t bytes, std::uint64_t offset) {
  for (char* next = static_cast<char*>(to); bytes > 0;) {
    const ssize_t got = ::pread(file.get(), next, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) unreadable(path, errno);
    if (got == 0) throw BadData(fmt::format("{} is cut short", path.filename().string()));
    next += got;
    bytes -= static_cast<std::uint64_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
}

Structure read_structure(const fs::path& path) {
  const Descriptor file = open_to_read(path);
  const std::uint64_t size = size_of(file, path);
  constexpr std::uint64_t most = structure_limit + 4096;
  if (size > most) throw BadData(fmt::format("entry has {} bytes, more than the {} allowed", size, most));
  std::string sealed(size, '\0');
  read_at(file, path, sealed.data(), size, 0);
  return decode(unseal(sealed));
}

template <class Each>
void for_each_tensor(const Item& item, const std::string& path, Each&& each) {
  if (item.kind == Item::Kind::tensor) each(item, path);
  for (const Item& child : item.items)
    for_each_tensor(child, path.empty() ? child.name : path + "." + child.name, each);
}

/// Replaces a state by what was stored.
class LoadingVisitor final : public Visitor {
 public:
  LoadingVisitor(const Structure& structure, const std::vector<Descriptor>& files, const fs::path& folder)
      : files_(files), folder_(folder), mappings_(files.size()) {
    groups_.push_back(index(structure.root));
  }
  bool loading() const override { return true; }
  void integer(Text name, std::int64_t& value) override { value = find(name, Item::Kind::integer).integer; }
  void real(Text name, double& value) override { value = find(name, Item::Kind::real).real; }
  void enter(Text group) override { groups_.push_back(index(find(group, Item::Kind::group))); }
  void leave() override { groups_.pop_back(); }
  void tensor(Text name, Tensor& value) override {
    const Item& item = find(name, Item::Kind::tensor);
    if (!value.empty() && value.element() != item.element)
      throw BadData(fmt::format("'{}' was stored as {}, {} is expected", name.view(), name_of(item.element),
                                name_of(value.element())));
    if (item.bytes >= mapped_from_bytes) {
      const std::shared_ptr<void>& file = mapping(item.file);
      value = Tensor::over(file, static_cast<char*>(file.get()) + item.offset, item.element, item.shape);
      return;
    }
    value = Tensor(item.element, item.shape);
    read_at(files_[item.file], folder_ / data_file(item.file), value.raw(), item.bytes, item.offset);
  }

 private:
  using Group = std::map<std::string_view, const Item*>;

  static Group index(const Item& group) {
    Group names;
    for (const Item& item : group.items) names.emplace(item.name, &item);
    return names;
  }

  const Item& find(Text name, Item::Kind kind) const {
    const auto found = groups_.back().find(name.view());
    if (found == groups_.back().end()) throw BadData(fmt::format("'{}' was not stored", name.view()));
    if (found->second->kind != kind) throw BadData(fmt::format("'{}' was stored as something else", name.view()));
    return *found->second;
  }

  /// The whole data file, private to this process; unmapped with the last tensor in it.
  const std::shared_ptr<void>& mapping(std::uint64_t number) {
    std::shared_ptr<void>& mapped = mappings_[number];
    if (mapped) return mapped;
    const fs::path path = folder_ / data_file(number);
    const std::uint64_t bytes = size_of(files_[number], path);
    void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, files_[number].get(), 0);
    if (data == MAP_FAILED) unreadable(path, errno);
    return mapped = std::shared_ptr<void>(data, [bytes](void* first) { ::munmap(first, bytes); });
  }

  const std::vector<Descriptor>& files_;
  const fs::path& folder_;
  std::vector<std::shared_ptr<void>> mappings_;
  std::vector<Group> groups_;
};

}  // namespace

std::string data_file(std::uint64_t number) { return number == 0 ? "data" : fmt::format("data.{}", number); }

StoredState::StoredState(const fs::path& folder, const std::string& key, bool content)
    : folder_(folder), structure_(read_structure(folder / "entry")) {
  if (structure_.key != key) throw BadData(fmt::format("it was stored as {}", structure_.key));
  for (std::size_t i = 0; i < structure_.files.size(); ++i) {
    const fs::path path = folder_ / data_file(i);
    files_.push_back(open_to_read(path));
    const std::uint64_t bytes = size_of(files_.back(), path);
    if (bytes != structure_.files[i])
      throw BadData(fmt::format("{} has {} bytes instead of {}", data_file(i), bytes, structure_.files[i]));
  }
  // Read, not mapped, so that pages looked at only here do not count as this process's memory.
  std::vector<char> block(std::size_t{1} << 18);
  for_each_tensor(structure_.root, "", [&](const Item& item, const std::string& name) {
    if (item.file >= files_.size() || item.offset % 64 != 0 || item.bytes > structure_.files[item.file] ||
        item.offset > structure_.files[item.file] - item.bytes)
      throw BadData(fmt::format("'{}' lies outside its file", name));
    if (!content) return;
    RunningHash hash;
    for (std::uint64_t done = 0; done < item.bytes;) {
      const std::uint64_t part = std::min<std::uint64_t>(block.size(), item.bytes - done);
      read_at(files_[item.file], folder_ / data_file(item.file), block.data(), part, item.offset + done);
      hash.add(block.data(), part);
      done += part;
    }
    if (hash.digest64() != item.checksum)
      throw BadData(fmt::format("the values of '{}' have changed since they were written", name));
  });
}

void StoredState::load(Work& work) const {
  LoadingVisitor visitor(structure_, files_, folder_);
  work.visit(visitor);
}

}  // namespace harmonium::run
