#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harmonium/node.hpp"
#include "run/durable.hpp"
#include "run/structure.hpp"

namespace harmonium::run {

/// A state that lies in a folder of the store, all of whose checksums have been compared.
class HARMONIUM_API StoredState {
 public:
  /// Opens the state in `folder`. Throws BadData, saying what is wrong, unless everything is as it was written for
  /// `key`. With `content` false bulk data are only checked for their length.
  StoredState(const std::filesystem::path& folder, const std::string& key, bool content = true);

  const Structure& structure() const { return structure_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// Fills a blank state. Large tensors are mapped, so that they cost no memory until they are looked at; writing to
  /// them does not reach the file. Throws BadData where the state expects something else than was stored.
  void load(Work& work) const;

 private:
  std::filesystem::path folder_;
  Structure structure_;
  std::vector<Descriptor> files_;
};

/// A state that is being written, to a folder of its own among the store's temporary ones. Unless it is put in place
/// the folder disappears with the object.
class HARMONIUM_API NewState {
 public:
  /// `folder` is created.
  explicit NewState(std::filesystem::path folder);
  ~NewState();
  NewState(const NewState&) = delete;
  NewState& operator=(const NewState&) = delete;

  /// A tensor in a file of the folder. Where the state that is written holds it, the file becomes part of what is
  /// stored, without a copy. Throws RunFailed when the disk is full.
  Tensor on_disk(Element element, const Tensor::Shape& shape);
  /// Begins to write to disk what tensors in files have been given so far: else it stays in memory until there is no
  /// more of it.
  void write_back() const;
  /// Writes the state, complete and synced.
  void write(Work& work, const std::string& key, std::vector<std::pair<std::string, std::string>> properties,
             const std::string& recipe);
  const std::filesystem::path& folder() const { return folder_; }
  /// Moves the folder to its place, replacing what is there.
  void put(const std::filesystem::path& place);

 private:
  friend class SavingVisitor;
  struct Mapped {
    std::filesystem::path path;
    Descriptor file;
    void* data = nullptr;
    std::uint64_t bytes = 0;
    bool used = false;
  };
  std::filesystem::path folder_;
  Descriptor lock_;
  std::vector<std::shared_ptr<Mapped>> mapped_;
  bool placed_ = false;
};

/// The name of data file `number` of a state.
std::string data_file(std::uint64_t number);

}  // namespace harmonium::run
