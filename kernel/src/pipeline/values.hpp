#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "harmonium/setting.hpp"
#include "harmonium/type.hpp"
#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

/// Turns trees into parameters: typed, within their ranges, values made. What is wrong goes to `complain`.
class SettingReader {
 public:
  /// `path` goes on from the one given to the reader's functions: "layer1.with.update.with.rate".
  using Complain = std::function<void(const Place&, const std::string& path, const std::string& message, Exit status)>;

  /// Relative files are looked for in `folder`.
  SettingReader(std::filesystem::path folder, Complain complain)
      : folder_(std::move(folder)), complain_(std::move(complain)) {}
  /// Where complaints go from now on.
  void complain_to(Complain complain) { complain_ = std::move(complain); }

  /// Every parameter of a type, defaults included; nothing where something is wrong. `with` may be null; `place` is
  /// where a missing parameter is reported.
  std::optional<std::map<std::string, Setting>> settings(const TypeInfo& type, const TreePtr& with, const Place& place,
                                                         const std::string& path);
  /// A value of a contract. `none` and null are no value; see ParameterInfo for where that is allowed.
  std::optional<ErasedValue> value(const std::string& contract, const Tree& tree, const std::string& path);

  /// Canonical JSON of every setting that is not the type's default, by name.
  std::map<std::string, std::string> given(const TypeInfo& type, const std::map<std::string, Setting>& settings);
  /// Gives an object of that type its parameters. Throws what the type throws.
  static void apply(const TypeInfo& type, const std::map<std::string, Setting>& settings, void* object);

 private:
  std::optional<Setting> setting(const ParameterInfo& parameter, const Tree& tree, const std::string& path);
  std::optional<Setting> element(const ParameterInfo& parameter, SettingKind kind, const Tree& tree,
                                 const std::string& path);
  std::optional<Setting> number(const ParameterInfo& parameter, SettingKind kind, const Tree& tree,
                                const std::string& path);
  std::optional<Setting> text(const ParameterInfo& parameter, const Tree& tree, const std::string& path);
  std::optional<Setting> file(const ParameterInfo& parameter, const std::string& name, const Place& place,
                              const std::string& path);
  std::optional<Setting> standard(const ParameterInfo& parameter, const Place& place, const std::string& path);
  std::optional<Setting> made(const ParameterInfo& parameter, const Setting& standard, const Place& place,
                              const std::string& path);
  std::optional<ErasedValue> value_of_type(const std::string& contract, const Tree& name, const TreePtr& with,
                                           const Tree* version, const std::string& path);
  void wrong(const Place& place, const std::string& path, const std::string& message,
             Exit status = Exit::bad_pipeline) {
    complain_(place, path, message, status);
  }

  std::filesystem::path folder_;
  Complain complain_;
  std::map<const ParameterInfo*, Setting> standards_;
  std::map<const ParameterInfo*, std::string> standard_texts_;
};

/// An object of a registered type with the parameters of a YAML map, or with its defaults where the text is empty.
/// Throws Error where something is wrong with it.
HARMONIUM_API std::shared_ptr<void> make_object(const TypeInfo& type, const std::string& with);

/// `{use: {use: a, with: b}, with: c}` is `{use: a, with: b over c}`: what a parameter says of a type wins over what
/// the place that uses it says.
void unfold_use(TreePtr& use, TreePtr& with);

/// For a name that is no type: the message, with near names of the right kind (nodes and composites, or values of that
/// contract), the plugins that failed to load, and the exit status that fits.
std::pair<std::string, Exit> unknown_type(const std::string& name, const std::string& contract);

}  // namespace harmonium::pipeline
