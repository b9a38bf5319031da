#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/asked_model.hpp"
#include "harmonium/registry.hpp"
#include "pipeline/graph.hpp"

namespace harmonium::cli {

/// All that may be asked: the types ask.QUESTION, with what composites say in their text.
std::vector<TypeInfo> questions(const Registry& registry);
/// A question as each kind of model is asked it: ask.QUESTION, of a network, then ask.QUESTION.KIND. Throws Error
/// (usage) with what may have been meant, where there is none of that name.
std::vector<TypeInfo> kinds_of(const std::string& question, const Registry& registry);

/// Nodes by name, as a pipeline file has them.
using Nodes = nlohmann::ordered_json;

// Nodes that join those of the model's pipeline; where a file happens to use such a name it is told so.
constexpr const char* question_node = "asked-question";
constexpr const char* model_node = "asked-model";

/// A question to one model.
struct Question {
  TypeInfo type;                    ///< of the question's kinds, the one that takes the model
  Nodes readers = Nodes::object();  ///< what reads an exported model; empty for a node of a pipeline

  /// The input of that name; null where there is none.
  const PortInfo* input(const std::string& name) const;
  /// The input that takes the model. Throws Error (usage) where there is none.
  const PortInfo& model() const;
};

/// Checks nodes as part of the model's pipeline.
using Checking = std::function<pipeline::Checked(const Nodes&)>;

/// The kind of a question that takes a model. Throws Error (usage) where none does but there are questions that
/// models of its kind are asked, with their names; where there are none it is the kind that is nearest, of which it is
/// then said what does not fit. Throws Error (usage) for a question that does not exist, and for a file with several
/// models that could be meant.
Question question_for(const AskedModel& model, const std::string& name, const Registry& registry,
                      const Checking& check);

}  // namespace harmonium::cli
