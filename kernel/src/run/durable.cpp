#include "run/durable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "harmonium/errors.hpp"

namespace harmonium::run {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

void sync_folder(const fs::path& folder) {
  const Descriptor open_folder(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder (EINVAL); there nothing better can be done.
  if (!open_folder || (::fsync(open_folder.get()) != 0 && errno != EINVAL))
    io_failed("write to the folder", folder, errno);
}

}  // namespace

void io_failed(const std::string& doing, const fs::path& path, int error) {
  throw RunFailed(fmt::format("cannot {} {}: {}", doing, path.string(), std::generic_category().message(error)));
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}
Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

FileWriter::FileWriter(const fs::path& path, const fs::path& told)
    : path_(told.empty() ? path : told), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (!file_) io_failed("create", path_, errno);
}

void FileWriter::write(const void* data, std::size_t bytes) {
  size_ += bytes;
  if (bytes < buffer_bytes) {
    const char* first = static_cast<const char*>(data);
    buffer_.insert(buffer_.end(), first, first + bytes);
    if (buffer_.size() >= buffer_bytes) flush();
    return;
  }
  flush();
  for (const char* next = static_cast<const char*>(data); bytes > 0;) {
    const ssize_t written = ::write(file_.get(), next, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) io_failed("write", path_, errno);
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void FileWriter::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t written = ::write(file_.get(), buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) io_failed("write", path_, errno);
    done += static_cast<std::size_t>(written);
  }
  buffer_.clear();
}

void FileWriter::finish() {
  flush();
  if (::fsync(file_.get()) != 0) io_failed("write", path_, errno);
}

void make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) io_failed("create the folder", folder, error.value());
}

void replace_file(const fs::path& path, std::string_view text) {
  static std::atomic<unsigned> number = 0;
  fs::path draft = path;
  draft += fmt::format(".{}-{}.new", ::getpid(), number++);
  try {
    FileWriter file(draft, path);
    file.write(text.data(), text.size());
    file.finish();
    if (::rename(draft.c_str(), path.c_str()) != 0) io_failed("replace", path, errno);
  } catch (...) {
    std::error_code ignored;
    fs::remove(draft, ignored);
    throw;
  }
}

void put_in_place(const fs::path& folder, const fs::path& place) {
  sync_folder(folder);
  make_folders(place.parent_path());
  std::error_code ignored;
  fs::path old = folder;
  old += ".old";
  while (::rename(folder.c_str(), place.c_str()) != 0) {
    if (errno != ENOTEMPTY && errno != EEXIST) io_failed("move a finished result to", place, errno);
    if (::renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) {
      old = folder;
      break;
    }
    // Not every file system exchanges folders at once: a crash right after this loses what was there before. Somebody
    // may have taken it away meanwhile.
    if (::rename(place.c_str(), old.c_str()) != 0 && errno != ENOENT)
      io_failed("move a finished result to", place, errno);
  }
  fs::remove_all(old, ignored);
  sync_folder(place.parent_path());
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace harmonium::run
