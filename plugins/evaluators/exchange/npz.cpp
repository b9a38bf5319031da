#include "npz.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string_view>

#include "harmonium/errors.hpp"
#include "harmonium/npy.hpp"

namespace harmonium {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
template <class T>
using Owned = std::unique_ptr<T, Discard>;

[[noreturn]] void cannot_write(const char* why) {
  throw RunFailed(fmt::format("the .npz archive cannot be made: {}", why));
}

/// The first moment that a zip archive can tell, local time: no date enters the bytes.
std::time_t earliest_time() {
  std::tm date{};
  date.tm_year = 80;
  date.tm_mday = 1;
  date.tm_isdst = -1;
  return std::mktime(&date);
}

/// Arrays in the order of columns, as scikit-learn keeps components_, differ in one word of their header; with it put
/// right in a copy, of the same length, the SDK reads the rest.
bool take_column_order(std::vector<std::uint8_t>& header) {
  constexpr std::string_view by_columns = "'fortran_order': True", by_rows = "'fortran_order':False";
  const auto found = std::search(header.begin(), header.end(), by_columns.begin(), by_columns.end());
  if (found == header.end()) return false;
  std::copy(by_rows.begin(), by_rows.end(), found);
  return true;
}

template <class T>
void convert(const std::vector<std::uint8_t>& bytes, bool by_columns, Tensor& out) {
  const Index rows = out.rows(), columns = out.columns();
  float* to = out.data<float>();
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) {
      T value;
      const Index at = by_columns ? j * rows + i : i * columns + j;
      std::memcpy(&value, bytes.data() + static_cast<std::size_t>(at) * sizeof(T), sizeof(T));
      *to++ = static_cast<float>(value);
    }
}

}  // namespace

Tensor write_npy(const Tensor& values) {
  const std::string header = write_npy_header(values.element(), values.shape());
  Tensor file = Tensor::of<std::uint8_t>({static_cast<Index>(header.size()) + values.bytes()});
  std::memcpy(file.raw(), header.data(), header.size());
  if (values.bytes())
    std::memcpy(static_cast<char*>(file.raw()) + header.size(), values.raw(), static_cast<std::size_t>(values.bytes()));
  return file;
}

Tensor write_npz(const std::vector<NamedArray>& arrays) {
  zip_error_t error;
  zip_error_init(&error);
  Owned<zip_source_t> memory(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!memory) cannot_write(zip_error_strerror(&error));
  Owned<zip_t> archive(zip_open_from_source(memory.get(), ZIP_TRUNCATE, &error));
  if (!archive) cannot_write(zip_error_strerror(&error));
  // The archive has its own reference to the memory, this one outlives it.
  zip_source_keep(memory.get());

  std::vector<Tensor> contents;
  for (const NamedArray& array : arrays) contents.push_back(write_npy(array.values));
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    zip_source_t* content =
        zip_source_buffer(archive.get(), contents[i].raw(), static_cast<zip_uint64_t>(contents[i].bytes()), 0);
    const zip_int64_t at =
        content ? zip_file_add(archive.get(), (arrays[i].name + ".npy").c_str(), content, ZIP_FL_ENC_UTF_8) : -1;
    if (at < 0) {
      if (content) zip_source_free(content);
      cannot_write(zip_strerror(archive.get()));
    }
    const auto place = static_cast<zip_uint64_t>(at);
    if (zip_set_file_compression(archive.get(), place, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_mtime(archive.get(), place, earliest_time(), 0) != 0)
      cannot_write(zip_strerror(archive.get()));
  }
  if (zip_close(archive.get()) != 0) cannot_write(zip_strerror(archive.get()));
  static_cast<void>(archive.release());

  if (zip_source_open(memory.get()) != 0) cannot_write(zip_error_strerror(zip_source_error(memory.get())));
  zip_stat_t stat;
  Tensor file;
  if (zip_source_stat(memory.get(), &stat) == 0 && (stat.valid & ZIP_STAT_SIZE)) {
    file = Tensor::of<std::uint8_t>({static_cast<Index>(stat.size)});
    if (zip_source_read(memory.get(), file.raw(), stat.size) != static_cast<zip_int64_t>(stat.size)) file = {};
  }
  zip_source_close(memory.get());
  if (file.empty()) cannot_write("its bytes cannot be read back");
  return file;
}

struct NpzFile::Archive {
  Owned<zip_t> zip;
  std::uintmax_t bytes = 0;
};

/// One array being read.
struct NpzFile::Entry {
  Owned<zip_file_t> file;
  Index bytes = 0;  ///< of the whole .npy file
  std::vector<std::uint8_t> begin;
  bool by_columns = false;
  NpyHeader header;

  Entry(const Archive& archive, const std::string& array, const std::string& what) {
    zip_t* zip = archive.zip.get();
    zip_stat_t stat;
    const std::string name = array + ".npy";
    if (zip_name_locate(zip, name.c_str(), 0) < 0) throw BadData(what + ": the file has no such array");
    if (zip_stat(zip, name.c_str(), 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE) ||
        !(stat.valid & ZIP_STAT_COMP_SIZE))
      throw BadData(fmt::format("{}: {}", what, zip_strerror(zip)));
    // Deflate makes nothing more than 1032 times smaller (zlib's technical details), so that a size that lies is known
    // before memory is asked for.
    if (stat.comp_size > archive.bytes)
      throw BadData(fmt::format("{}: {} compressed bytes are claimed, but the whole file has {}", what, stat.comp_size,
                                archive.bytes));
    if (stat.size / 1032 > stat.comp_size + 1)
      throw BadData(fmt::format("{}: {} bytes cannot come from {} compressed ones", what, stat.size, stat.comp_size));
    bytes = static_cast<Index>(stat.size);
    file.reset(zip_fopen(zip, name.c_str(), 0));
    if (!file) throw BadData(fmt::format("{}: {}", what, zip_strerror(zip)));
    begin.resize(static_cast<std::size_t>(std::min(bytes, npy_header_limit)));
    fill(begin.data(), static_cast<Index>(begin.size()), what);
    std::vector<std::uint8_t> readable = begin;
    by_columns = take_column_order(readable);
    header = read_npy_header(readable, what);
    if (header.offset + header.size * header.value_bytes != bytes)
      throw BadData(fmt::format("{}: the header promises {} values of {} bytes, but there are {} bytes after it", what,
                                header.size, header.value_bytes, bytes - header.offset));
  }

  /// The bytes of all its values; to be read once.
  std::vector<std::uint8_t> values(const std::string& what) {
    std::vector<std::uint8_t> all(static_cast<std::size_t>(header.size * header.value_bytes));
    const auto known = std::min(begin.size() - static_cast<std::size_t>(header.offset), all.size());
    std::copy_n(begin.begin() + header.offset, known, all.begin());
    if (all.size() > known) fill(all.data() + known, static_cast<Index>(all.size() - known), what);
    // The checksum is compared at the end of the file, which must be asked for.
    std::uint8_t beyond = 0;
    if (zip_fread(file.get(), &beyond, 1) != 0)
      throw BadData(fmt::format("{}: damaged ({})", what, zip_file_strerror(file.get())));
    return all;
  }

  void fill(std::uint8_t* to, Index count, const std::string& what) {
    if (zip_fread(file.get(), to, static_cast<zip_uint64_t>(count)) != count)
      throw BadData(fmt::format("{}: cut short or damaged ({})", what, zip_file_strerror(file.get())));
  }
};

NpzFile::NpzFile(std::string path) : path_(std::move(path)), archive_(std::make_unique<Archive>()) {
  int code = 0;
  archive_->zip.reset(zip_open(path_.c_str(), ZIP_RDONLY, &code));
  std::error_code unknown;
  archive_->bytes = std::filesystem::file_size(path_, unknown);
  if (archive_->zip) return;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw BadData(fmt::format("'{}' cannot be read as an .npz file: {}", path_, why));
}

NpzFile::~NpzFile() = default;

std::string NpzFile::what(const std::string& array) const { return fmt::format("'{}', array '{}'", path_, array); }

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> all;
  const zip_int64_t count = zip_get_num_entries(archive_->zip.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i)
    if (const char* name = zip_get_name(archive_->zip.get(), static_cast<zip_uint64_t>(i), 0)) {
      const std::string_view file(name);
      if (file.ends_with(".npy")) all.emplace_back(file.substr(0, file.size() - 4));
    }
  return all;
}

bool NpzFile::has(const std::string& array) const {
  return zip_name_locate(archive_->zip.get(), (array + ".npy").c_str(), 0) >= 0;
}

Tensor::Shape NpzFile::shape(const std::string& array) const {
  return Entry(*archive_, array, what(array)).header.shape;
}

std::string NpzFile::text(const std::string& array) const {
  const std::string name = what(array);
  Entry entry(*archive_, array, name);
  constexpr Index most = 1 << 20;
  if (entry.header.type != "|u1")
    throw BadData(fmt::format("{}: bytes of text are expected, got values of type '{}'", name, entry.header.type));
  if (entry.header.shape.size() != 1 || entry.header.size > most)
    throw BadData(fmt::format("{}: at most {} bytes of text are expected", name, most));
  const std::vector<std::uint8_t> values = entry.values(name);
  return {values.begin(), values.end()};
}

Tensor NpzFile::read(const std::string& array) const {
  const std::string name = what(array);
  Entry entry(*archive_, array, name);
  const NpyHeader& header = entry.header;
  if (header.type != "<f4" && header.type != "<f8")
    throw BadData(fmt::format("{}: expected float32 or float64, got values of type '{}'", name, header.type));
  if (header.shape.size() > 2)
    throw BadData(fmt::format("{}: expected at most 2 dimensions, got {}", name, header.shape.size()));
  const std::vector<std::uint8_t> values = entry.values(name);

  Tensor out(Element::float32, header.shape);
  if (header.type == "<f4")
    convert<float>(values, entry.by_columns, out);
  else
    convert<double>(values, entry.by_columns, out);
  for (Index i = 0; i < out.size(); ++i)
    if (!std::isfinite(out.data<float>()[i]))
      throw BadData(fmt::format("{}: value {} of {} is not finite", name, i + 1, out.size()));
  return out;
}

}  // namespace harmonium
