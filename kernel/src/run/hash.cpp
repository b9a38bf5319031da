#include "run/hash.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <new>

namespace harmonium::run {
namespace {

std::string hexadecimal(XXH128_hash_t hash) { return fmt::format("{:016x}{:016x}", hash.high64, hash.low64); }
XXH3_state_t* state_of(void* state) { return static_cast<XXH3_state_t*>(state); }

}  // namespace

std::uint64_t hash64(const void* data, std::size_t bytes) { return XXH3_64bits(data, bytes); }
std::string hash128(std::string_view text) { return hexadecimal(XXH3_128bits(text.data(), text.size())); }

RunningHash::RunningHash() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(state_of(state_));
}
RunningHash::~RunningHash() { XXH3_freeState(state_of(state_)); }
void RunningHash::add(const void* data, std::size_t bytes) { XXH3_128bits_update(state_of(state_), data, bytes); }
// The state is the same for both widths; only its digest differs.
std::uint64_t RunningHash::digest64() const { return XXH3_64bits_digest(state_of(state_)); }
std::string RunningHash::digest128() const { return hexadecimal(XXH3_128bits_digest(state_of(state_))); }

}  // namespace harmonium::run
