#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "harmonium/export.hpp"
#include "harmonium/node.hpp"
#include "harmonium/type.hpp"

/// Parts of the version of the SDK that this plugin is built against. Plugins of one major version fit each other;
/// a kernel takes plugins of its own minor version or an earlier one.
#define HARMONIUM_SDK_MAJOR 1
#define HARMONIUM_SDK_MINOR 0

namespace harmonium {

/// Receives the types of a plugin while it is loaded.
class HARMONIUM_INTERFACE Registrar {
 public:
  HARMONIUM_API virtual ~Registrar();
  virtual void add(TypeInfo&& type) = 0;

  /// A node type T under a name that is a promise: "trainer.cd".
  template <class T>
  void node(std::string name) {
    add(describe_node<T>(std::move(name)));
  }
  /// A value type T, derived from its contract.
  template <class T>
  void value(std::string name) {
    add(describe_value<T>(std::move(name)));
  }
  /// A composite, whose body is pipeline text (see share/doc/pipelines.md, "Composites").
  void composite(std::string name, std::string text) {
    TypeInfo info;
    info.kind = TypeInfo::Kind::composite;
    info.name = std::move(name);
    info.text = std::move(text);
    add(std::move(info));
  }
};

/// What the one exported symbol of a plugin gives. These first fields never move, in any version: they are read before
/// any C++ of the plugin is called.
struct PluginHandshake {
  std::uint64_t magic;
  std::uint32_t size;
  std::uint16_t sdk_major;
  std::uint16_t sdk_minor;
  const char* abi;
  /// Registers the plugin's types. Returns null, or what went wrong as text that lives until the next call. Nothing
  /// is thrown across it.
  const char* (*load)(Registrar* registrar);
};

inline constexpr std::uint64_t plugin_magic = 0x316d756e6f6d7248;  // "Hrmonum1"

namespace detail {
HARMONIUM_API const char* load_plugin(Registrar& registrar, void (*body)(Registrar&)) noexcept;
}

// What must be the same on both sides for C++ objects to cross.
#define HARMONIUM_STRINGIFY_(x) #x
#define HARMONIUM_STRINGIFY(x) HARMONIUM_STRINGIFY_(x)
#if defined(_GLIBCXX_DEBUG)
#define HARMONIUM_ABI_DEBUG "-debug"
#else
#define HARMONIUM_ABI_DEBUG ""
#endif
#if defined(__GLIBCXX__)
#define HARMONIUM_ABI_LIBRARY "libstdc++-cxx11abi" HARMONIUM_STRINGIFY(_GLIBCXX_USE_CXX11_ABI)
#else
#define HARMONIUM_ABI_LIBRARY "libc++"
#endif
#define HARMONIUM_ABI "itanium" HARMONIUM_STRINGIFY(__GXX_ABI_VERSION) "-" HARMONIUM_ABI_LIBRARY HARMONIUM_ABI_DEBUG

}  // namespace harmonium

/// Once in every plugin:  HARMONIUM_PLUGIN(registrar) { registrar.node<ContrastiveDivergence>("trainer.cd"); }
#define HARMONIUM_PLUGIN(registrar)                                                                         \
  static void harmonium_register(::harmonium::Registrar& registrar);                                        \
  extern "C" __attribute__((visibility("default"))) const ::harmonium::PluginHandshake harmonium_plugin = { \
      ::harmonium::plugin_magic,                                                                            \
      sizeof(::harmonium::PluginHandshake),                                                                 \
      HARMONIUM_SDK_MAJOR,                                                                                  \
      HARMONIUM_SDK_MINOR,                                                                                  \
      HARMONIUM_ABI,                                                                                        \
      [](::harmonium::Registrar* to) -> const char* {                                                       \
        return ::harmonium::detail::load_plugin(*to, harmonium_register);                                   \
      }};                                                                                                   \
  static void harmonium_register(::harmonium::Registrar& registrar)
