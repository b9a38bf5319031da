#include "cli/questions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "pipeline/composite.hpp"
#include "pipeline/suggest.hpp"

namespace harmonium::cli {

namespace {

/// The one of that name without "ask.".
TypeInfo question_called(const std::string& name, const Registry& registry) {
  if (const TypeInfo* type = registry.find("ask." + name); type && name.find('.') == std::string::npos)
    return pipeline::described(*type);
  std::vector<std::string> known;
  for (const TypeInfo& type : questions(registry)) known.push_back(type.name.substr(4));
  throw Error(Exit::usage, fmt::format("there is no question '{}'{}", name, pipeline::suggestion(name, known)));
}

/// A kind of a question as a model meets it. Of a model that does not fit, the kind that is nearest to it.
struct Found {
  Question question;
  bool fits = false;
  /// Whether one of several networks in a file fits.
  bool several = false;
  /// The kinds of models in a file that fit.
  std::vector<std::string> kinds{};
};

/// Of a node of a pipeline: the first kind that takes what the node gives. Where none does, the one that takes its type
/// but not several of it, or else the first.
Found of_node(const std::string& model, const std::vector<TypeInfo>& kinds, const Checking& check) {
  Found nearest{{kinds.front()}, false, false, {}};
  for (const TypeInfo& type : kinds) {
    const pipeline::Checked checked = check({{question_node, {{"use", type.name}, {"in", {{"model", model}}}}}});
    // Other problems of a model are those of a model of the right kind; without the node nothing fits.
    const auto misfit = std::find_if(checked.errors.begin(), checked.errors.end(), [](const auto& error) {
      return error.path == fmt::format("nodes.{}.in.model", question_node) && error.misfit != pipeline::Misfit::none;
    });
    if (misfit == checked.errors.end()) return {{type}, true, false, {}};
    const bool first = nearest.question.type.name == kinds.front().name;
    if (first && misfit->misfit == pipeline::Misfit::count) nearest.question = {type};
  }
  return nearest;
}

enum class Stored : std::uint8_t { there, absent, several, damaged };

/// Of a file that models were exported to.
class OfFile {
 public:
  OfFile(const AskedModel& model, const Registry& registry, const Checking& check)
      : model_(model), registry_(registry), check_(check) {}

  Found among(const std::vector<TypeInfo>& kinds) const {
    std::vector<Question> all, stored;
    bool several = false;
    for (const TypeInfo& type : kinds) {
      all.push_back({type});
      const Stored found = find_readers(all.back(), all.size() == 1);
      if (found == Stored::damaged) return {all.back(), true, false, {}};
      if (found == Stored::there) stored.push_back(all.back());
      several = several || found == Stored::several;
    }
    // What is no stack is one model, and is meant before networks that could be one together.
    if (std::any_of(stored.begin(), stored.end(), [](const Question& question) { return !question.model().list; }))
      std::erase_if(stored, [](const Question& question) { return question.model().list; });
    const Question& nearest = stored.empty() ? all.front() : stored.front();
    if (nearest.readers.empty()) throw Error(Exit::usage, "none of the plugins reads models that were exported");
    Found found{nearest, !stored.empty(), several, {}};
    for (const Question& question : stored) found.kinds.push_back(question.model().type);
    return found;
  }

 private:
  /// Whether the file holds a model of the kind that the question takes; the question gets the nodes that read it.
  Stored find_readers(Question& question, bool first_kind) const {
    const PortInfo& model = question.model();
    const bool network = model.type == Network::port_type;
    // One network is asked as such, where it can be, and not as a stack.
    const bool stack = model.list && !first_kind;
    if (model_.number > 0 && (!network || stack)) return Stored::absent;
    for (const auto& [name, type] : registry_.types()) {
      const bool reads = name == "model.read" || name.starts_with("model.read.");
      if (!reads || type.outputs.front().type != model.type) continue;
      Nodes reader = {{"use", name}, {"with", {{"path", std::filesystem::absolute(model_.file).string()}}}};
      if (network) reader["with"]["number"] = model_.number;
      if (!model.list || model_.number > 0) {
        question.readers[model_node] = reader;
        return stored_at(reader);
      }
      // A stack is all networks that the file has.
      for (int number = 1;; ++number) {
        reader["with"]["number"] = number;
        const Stored stored = stored_at(reader);
        if (stored != Stored::there && stored != Stored::damaged && number > 1)
          return stack && number == 2 ? Stored::absent : Stored::there;
        question.readers[fmt::format("{}-{}", model_node, number)] = reader;
        if (stored != Stored::there) return stored;
      }
    }
    return Stored::absent;
  }

  Stored stored_at(const Nodes& reader) const {
    const pipeline::Checked checked = check_({{model_node, reader}});
    if (checked.errors.empty()) return Stored::there;
    // It is the path or the number that names nothing of the kind; what else is wrong lies in the file.
    const std::string& path = checked.errors.front().path;
    if (path.ends_with(".with.number")) return Stored::several;
    return path.ends_with(".with.path") ? Stored::absent : Stored::damaged;
  }

  const AskedModel& model_;
  const Registry& registry_;
  const Checking& check_;
};

}  // namespace

std::vector<TypeInfo> questions(const Registry& registry) {
  std::vector<TypeInfo> all;
  for (const auto& [name, type] : registry.types())
    if (name.starts_with("ask.") && name.find('.', 4) == std::string::npos) all.push_back(pipeline::described(type));
  return all;
}

std::vector<TypeInfo> kinds_of(const std::string& question, const Registry& registry) {
  std::vector<TypeInfo> all{question_called(question, registry)};
  for (const auto& [name, type] : registry.types())
    if (name.starts_with("ask." + question + ".")) all.push_back(pipeline::described(type));
  return all;
}

const PortInfo* Question::input(const std::string& name) const {
  for (const PortInfo& port : type.inputs)
    if (port.name == name) return &port;
  return nullptr;
}

const PortInfo& Question::model() const {
  if (const PortInfo* port = input("model")) return *port;
  throw Error(Exit::usage, fmt::format("{} has no input 'model', so that no model can be asked", type.name));
}

Question question_for(const AskedModel& model, const std::string& name, const Registry& registry,
                      const Checking& check) {
  const auto found_of = [&](const std::string& question) {
    const std::vector<TypeInfo> kinds = kinds_of(question, registry);
    return model.exported() ? OfFile(model, registry, check).among(kinds) : of_node(model.node, kinds, check);
  };
  const Found found = found_of(name);
  if (found.kinds.size() > 1)
    throw Error(Exit::usage, fmt::format("{} holds several models that can be asked '{}' ({}): export the one that is "
                                         "meant to a file of its own",
                                         model.file, name, fmt::join(found.kinds, ", ")));
  // Of several networks in a file one can be said to be meant.
  if (found.fits || found.several) return found.question;
  std::vector<std::string> answered;
  for (const TypeInfo& type : questions(registry)) {
    const std::string other = type.name.substr(4);
    if (other != name && found_of(other).fits) answered.push_back(other);
  }
  if (answered.empty()) return found.question;
  throw Error(Exit::usage, fmt::format("{} cannot be asked '{}'; models of its kind are asked {}",
                                       model.exported() ? model.file : fmt::format("{}:{}", model.file, model.node),
                                       name, fmt::join(answered, ", ")));
}

}  // namespace harmonium::cli
