#include "numerics/instruction_sets.hpp"

#include <atomic>
#include <cstdlib>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

struct Choice {
  const char* name;
  const Kernels* kernels;
};

std::vector<Choice> choices() {
#if defined(__x86_64__)
  std::vector<Choice> found{{"sse2", &kernels_baseline}};
  const auto has = [](auto... supported) { return (supported && ...); };
  // What x86-64-v3 and -v4 promise to the compiler, as far as compilers make use of it.
  const bool avx2 = has(__builtin_cpu_supports("avx2"), __builtin_cpu_supports("fma"), __builtin_cpu_supports("bmi"),
                        __builtin_cpu_supports("bmi2"));
  const bool avx512 =
      has(avx2, __builtin_cpu_supports("avx512f"), __builtin_cpu_supports("avx512dq"),
          __builtin_cpu_supports("avx512bw"), __builtin_cpu_supports("avx512vl"), __builtin_cpu_supports("avx512cd"));
  if (avx2) found.push_back({"avx2", &kernels_avx2});
  if (avx512) found.push_back({"avx512", &kernels_avx512});
  return found;
#else
  return {{"baseline", &kernels_baseline}};
#endif
}

const Kernels& kernels_named(const std::string& name) {
  std::string available;
  for (const Choice& choice : choices()) {
    if (choice.name == name) return *choice.kernels;
    available += std::string(available.empty() ? "" : ", ") + choice.name;
  }
  throw Error(Exit::usage,
              "HARMONIUM_SIMD: '" + name + "' is not an instruction set that can be used here; there are " + available);
}

std::atomic<const Kernels*>& chosen() {
  static std::atomic<const Kernels*> kernels = [] {
    const char* wish = std::getenv("HARMONIUM_SIMD");
    return wish != nullptr && *wish != '\0' ? &kernels_named(wish) : choices().back().kernels;
  }();
  return kernels;
}

}  // namespace

const Kernels& kernels() { return *chosen().load(std::memory_order_relaxed); }

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const Choice& choice : choices()) names.emplace_back(choice.name);
  return names;
}

void use_instruction_set(const std::string& name) { chosen().store(&kernels_named(name)); }

std::string elementwise::instruction_set() { return kernels().name; }

}  // namespace harmonium
