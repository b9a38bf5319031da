#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harmonium/export.hpp"

namespace harmonium::run {

/// What a node has told since its beginning: figures, numbered, and warnings. It is kept with the node's state, so that
/// whoever goes on from there has each of them once. Which figures are kept depends on nothing but the figures: of each
/// name the first 1,000, of the next 1,000 every second, of the next 2,000 every fourth, and so on.
class HARMONIUM_API NodeLog {
 public:
  NodeLog() = default;
  /// From text(); empty where that is not understood.
  explicit NodeLog(const std::string& text);

  /// The figure as an event of the journal (`name`, `step` from 1 on, `value`, perhaps `unit`), where it is kept.
  std::optional<nlohmann::ordered_json> figure(const std::string& name, double value, const std::string& unit);
  /// The warning as such an event (`text`, and `advice` where it is advice on something), the first time.
  std::optional<nlohmann::ordered_json> warning(const std::string& text, const std::string& advice = "");

  /// In the order in which they were told.
  const std::vector<nlohmann::ordered_json>& kept() const { return kept_; }
  static bool is_warning(const nlohmann::ordered_json& event) { return event.contains("text"); }
  /// The last value of each name, kept or not.
  const nlohmann::ordered_json& last() const { return last_; }
  /// The values of a name that lie evenly, from its beginning to its last step that is kept.
  std::vector<double> course(const std::string& name) const;
  /// Whether advice on that was given.
  bool advised(const std::string& on) const;
  std::string text() const;

 private:
  std::vector<nlohmann::ordered_json> kept_;
  nlohmann::ordered_json last_ = nlohmann::ordered_json::object(), told_ = nlohmann::ordered_json::object();
};

}  // namespace harmonium::run
