#include <exception>
#include <string>

#include "harmonium/plugin.hpp"

namespace harmonium {

Registrar::~Registrar() = default;

namespace detail {

const char* load_plugin(Registrar& registrar, void (*body)(Registrar&)) noexcept {
  static std::string failure;
  try {
    body(registrar);
    return nullptr;
  } catch (const std::exception& error) {
    try {
      failure = error.what();
      return failure.c_str();
    } catch (...) {
      return "out of memory";
    }
  } catch (...) {
    return "it threw something that is not a std::exception";
  }
}

}  // namespace detail

}  // namespace harmonium
