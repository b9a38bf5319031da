#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <stdexcept>

#include "harmonium/errors.hpp"
#include "run/hash.hpp"
#include "run/stored_state.hpp"

namespace harmonium::run {

namespace fs = std::filesystem;

constexpr std::uint64_t alignment = 64;

/// Writes a state down as it is visited. What is visited may be gone right afterwards, so data are written at once.
class SavingVisitor final : public Visitor {
 public:
  SavingVisitor(NewState& owner, Structure& structure)
      : owner_(owner), structure_(structure), data_(owner.folder_ / data_file(0)) {
    structure_.files.assign(1, 0);
    groups_.push_back(&structure_.root);
    names_.emplace_back();
  }
  bool loading() const override { return false; }
  void integer(Text name, std::int64_t& value) override { add(name, Item::Kind::integer).integer = value; }
  void real(Text name, double& value) override { add(name, Item::Kind::real).real = value; }
  void enter(Text group) override {
    Item& item = add(group, Item::Kind::group);
    groups_.push_back(&item);
    names_.emplace_back();
  }
  void leave() override {
    if (groups_.size() < 2) throw std::logic_error("a state leaves more groups than it enters");
    groups_.pop_back();
    names_.pop_back();
  }
  void tensor(Text name, Tensor& value) override {
    Item& item = add(name, Item::Kind::tensor);
    item.element = value.element();
    item.shape = value.shape();
    item.bytes = static_cast<std::uint64_t>(value.bytes());
    item.checksum = hash64(value.raw(), item.bytes);
    if (take_over(item, value)) return;
    static constexpr char zeros[alignment] = {};
    data_.write(zeros, (alignment - data_.size() % alignment) % alignment);
    item.offset = data_.size();
    data_.write(value.raw(), item.bytes);
  }
  void finish() {
    if (groups_.size() != 1) throw std::logic_error("a state enters more groups than it leaves");
    data_.finish();
    structure_.files[0] = data_.size();
  }

 private:
  Item& add(Text name, Item::Kind kind) {
    if (!names_.back().insert(name.str()).second)
      throw std::logic_error(fmt::format("a state has two parts named '{}' in one group", name.view()));
    Item& item = groups_.back()->items.emplace_back();
    item.name = name.str();
    item.kind = kind;
    return item;
  }

  /// Whether the tensor already is a file of this folder.
  bool take_over(Item& item, const Tensor& value) {
    for (const auto& mapped : owner_.mapped_) {
      if (mapped->data != value.raw() || mapped->bytes != item.bytes || mapped->used) continue;
      const int flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;
      if (::msync(mapped->data, mapped->bytes, MS_SYNC) != 0 || ::fsync(mapped->file.get()) != 0 ||
          // From now on nobody's pen reaches the file; the values stay where they are.
          ::mmap(mapped->data, mapped->bytes, PROT_READ | PROT_WRITE, flags, mapped->file.get(), 0) == MAP_FAILED)
        io_failed("write", mapped->path, errno);
      mapped->used = true;
      item.file = structure_.files.size();
      const fs::path path = owner_.folder_ / data_file(item.file);
      if (::rename(mapped->path.c_str(), path.c_str()) != 0) io_failed("move", mapped->path, errno);
      structure_.files.push_back(item.bytes);
      return true;
    }
    return false;
  }

  NewState& owner_;
  Structure& structure_;
  FileWriter data_;
  std::vector<Item*> groups_;
  std::vector<std::set<std::string>> names_;
};

NewState::NewState(fs::path folder) : folder_(std::move(folder)) {
  make_folders(folder_);
  // Whoever cleans up after dead processes sees by the lock that this one is alive.
  lock_ = Descriptor(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_ || ::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) io_failed("lock", folder_, errno);
}

NewState::~NewState() {
  std::error_code ignored;
  if (!placed_) fs::remove_all(folder_, ignored);
}

Tensor NewState::on_disk(Element element, const Tensor::Shape& shape) {
  const Index size = bytes_of(bytes_of(element), shape).value_or(0);
  if (size == 0) return Tensor(element, shape);
  auto mapped = std::make_shared<Mapped>();
  mapped->bytes = static_cast<std::uint64_t>(size);
  mapped->path = folder_ / fmt::format("tensor.{}", mapped_.size());
  mapped->file = Descriptor(::open(mapped->path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!mapped->file) io_failed("create", mapped->path, errno);
  // Reserved at once: a disk that fills up under a mapping kills the process.
  if (const int error = ::posix_fallocate(mapped->file.get(), 0, size)) io_failed("write", mapped->path, error);
  mapped->data = ::mmap(nullptr, mapped->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, mapped->file.get(), 0);
  if (mapped->data == MAP_FAILED) io_failed("map", mapped->path, errno);
  mapped_.push_back(mapped);
  std::shared_ptr<void> owner(mapped->data, [mapped](void* data) { ::munmap(data, mapped->bytes); });
  return Tensor::over(std::move(owner), mapped->data, element, shape);
}

void NewState::write_back() const {
  // An error comes again when the state is written.
  for (const auto& mapped : mapped_)
    if (!mapped->used) ::sync_file_range(mapped->file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

void NewState::write(Work& work, const std::string& key, std::vector<std::pair<std::string, std::string>> properties,
                     const std::string& recipe) {
  Structure structure;
  structure.key = key;
  structure.properties = std::move(properties);
  SavingVisitor visitor(*this, structure);
  work.visit(visitor);
  visitor.finish();
  std::error_code ignored;
  for (const auto& mapped : mapped_)
    if (!mapped->used) fs::remove(mapped->path, ignored);
  const std::string sealed = seal(encode(structure));
  FileWriter entry(folder_ / "entry");
  entry.write(sealed.data(), sealed.size());
  entry.finish();
  FileWriter readable(folder_ / "recipe.json");
  readable.write(recipe.data(), recipe.size());
  readable.finish();
}

void NewState::put(const fs::path& place) {
  put_in_place(folder_, place);
  placed_ = true;
}

}  // namespace harmonium::run
