#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "run/stored_state.hpp"

namespace harmonium::run {

/// Results of nodes, kept from run to run under the key of their recipe. share/doc/store.md describes the files.
class HARMONIUM_API Store {
 public:
  /// Where the store is: `asked` (--store), else HARMONIUM_STORE, else harmonium/store in the user's cache folder.
  static std::filesystem::path place(const std::filesystem::path& asked);

  /// Nothing is created before something is written.
  explicit Store(std::filesystem::path root);
  const std::filesystem::path& root() const { return root_; }

  /// The finished state of that key, or null; `problem` says why where there is one that cannot be used.
  std::unique_ptr<StoredState> entry(const std::string& key, std::string* problem = nullptr, bool content = true) const;
  /// The state of an unfinished run, likewise.
  std::unique_ptr<StoredState> checkpoint(const std::string& key, std::string* problem = nullptr,
                                          bool content = true) const;
  std::filesystem::path entry_folder(const std::string& key) const;
  std::filesystem::path checkpoint_folder(const std::string& key) const;
  void forget_checkpoint(const std::string& key) const;

  /// A folder to write a new state to.
  std::unique_ptr<NewState> begin() const;
  /// Deletes what dead processes were writing.
  void clean() const;

  /// Keys of one family differ only in parameters that extend a run: their names and values.
  using Extent = std::map<std::string, double>;
  void remember_family(const std::string& family, const std::string& key, const Extent& extent) const;
  /// What a KeyLock on the list of a family's members is called: a family may have the name of a key.
  static std::string family_lock(const std::string& family);
  /// The longest usable state of the family that is shorter than what is asked: no value above and one below. A
  /// finished one before an unfinished one.
  struct Shorter {
    std::unique_ptr<StoredState> state;
    std::string what;  ///< "the shorter run (epochs: 40)"
  };
  std::optional<Shorter> shorter(const std::string& family, const Extent& asked, bool content = true) const;

 private:
  std::filesystem::path root_;
};

/// The right to compute one key; other processes wait.
class HARMONIUM_API KeyLock {
 public:
  /// Waits for whoever has it, after calling waits() once. Throws Error (interrupted) when `stop` becomes true.
  KeyLock(const Store& store, const std::string& key, const std::function<void()>& waits,
          const std::atomic<bool>* stop);
  /// Null where another process has it. Throws RunFailed where it cannot be taken for another reason.
  static std::unique_ptr<KeyLock> if_free(const Store& store, const std::string& key);
  ~KeyLock();
  KeyLock(const KeyLock&) = delete;
  KeyLock& operator=(const KeyLock&) = delete;

 private:
  KeyLock(const Store& store, const std::string& key);
  bool take();
  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace harmonium::run
