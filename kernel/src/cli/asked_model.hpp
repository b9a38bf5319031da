#pragma once

#include <optional>
#include <string>

#include "run/manifest.hpp"

namespace harmonium::cli {

/// Where the model is: a node of a pipeline file, of a run's folder, or a file of its own.
struct AskedModel {
  std::string file;                  ///< the pipeline or .npz file
  std::string node;                  ///< of a pipeline
  std::optional<run::Manifest> run;  ///< the run whose pipeline it is
  int number = 0;                    ///< of a model in an .npz file that holds several; 0: the only one
  bool exported() const { return node.empty(); }
};

/// The model that a text means: FILE.yaml:NODE, FOLDER:NODE, FILE.npz or FILE.npz:NUMBER. Throws Error (usage) where it
/// has another form or the file does not exist, BadData for a folder that is no run's.
AskedModel model_called(const std::string& text);

/// The ending of a file's name, in small letters: ".npz".
std::string ending_of(const std::string& path);

}  // namespace harmonium::cli
