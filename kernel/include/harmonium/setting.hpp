#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/value.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// A file or folder that a pipeline names. The kernel resolves it against the pipeline file, checks that it exists and
/// lets its content, not its name, enter the store key.
struct FilePath {
  std::string path;
};

/// A value of some contract, without its C++ type.
struct ErasedValue {
  std::shared_ptr<const void> object;  ///< a pointer to the contract; null while it is only a default not yet made
  std::string type;
  std::string recipe;
};

/// The value of a parameter, read and checked by the kernel.
struct Setting : std::variant<bool, std::int64_t, double, std::string, FilePath, ErasedValue, std::vector<Setting>> {
  using variant::variant;
};

enum class SettingKind : std::uint8_t { boolean, integer, real, text, file, value, list };

/// How a C++ type stands in a pipeline file.
template <class T>
struct SettingOf;

template <class T, class Stored, SettingKind k>
struct PlainSetting {
  static constexpr SettingKind kind = k;
  static constexpr SettingKind element = k;
  static const char* contract() { return ""; }
  static Setting get(const T& member) { return Setting(static_cast<Stored>(member)); }
  static void set(T& member, const Setting& setting) { member = static_cast<T>(std::get<Stored>(setting)); }
};
template <>
struct SettingOf<bool> : PlainSetting<bool, bool, SettingKind::boolean> {};
template <>
struct SettingOf<int> : PlainSetting<int, std::int64_t, SettingKind::integer> {
  static void set(int& member, const Setting& setting) {
    const std::int64_t value = std::get<std::int64_t>(setting);
    if (!std::in_range<int>(value)) throw BadPipeline(std::to_string(value) + " is too large a number here");
    member = static_cast<int>(value);
  }
};
template <>
struct SettingOf<std::int64_t> : PlainSetting<std::int64_t, std::int64_t, SettingKind::integer> {};
template <>
struct SettingOf<double> : PlainSetting<double, double, SettingKind::real> {};
template <>
struct SettingOf<std::string> : PlainSetting<std::string, std::string, SettingKind::text> {};
template <>
struct SettingOf<FilePath> : PlainSetting<FilePath, FilePath, SettingKind::file> {};

template <class C>
struct SettingOf<Handle<C>> {
  static constexpr SettingKind kind = SettingKind::value;
  static constexpr SettingKind element = SettingKind::value;
  static const char* contract() { return C::kind; }
  static Range range(const void* value) requires requires(const C& contract) { contract.range(); }
  { return static_cast<const C*>(value)->range(); }
  static Setting get(const Handle<C>& member) { return ErasedValue{nullptr, member.type(), member.recipe()}; }
  static void set(Handle<C>& member, const Setting& setting) {
    const auto& erased = std::get<ErasedValue>(setting);
    member = Handle<C>(std::static_pointer_cast<const C>(erased.object), erased.type, erased.recipe);
  }
};

template <class T>
struct SettingOf<std::vector<T>> {
  static constexpr SettingKind kind = SettingKind::list;
  static constexpr SettingKind element = SettingOf<T>::kind;
  static const char* contract() { return SettingOf<T>::contract(); }
  static Range range(const void* value) requires requires { SettingOf<T>::range(nullptr); }
  { return SettingOf<T>::range(value); }
  static Setting get(const std::vector<T>& member) {
    std::vector<Setting> list;
    for (const T& item : member) list.push_back(SettingOf<T>::get(item));
    return list;
  }
  static void set(std::vector<T>& member, const Setting& setting) {
    member.clear();
    for (const Setting& item : std::get<std::vector<Setting>>(setting)) {
      T element_value{};
      SettingOf<T>::set(element_value, item);
      member.push_back(std::move(element_value));
    }
  }
};

}  // namespace harmonium
