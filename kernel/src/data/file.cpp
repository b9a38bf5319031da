#include "harmonium/file.hpp"

namespace harmonium {

void File::visit(Visitor& visitor) {
  visitor("extension", extension);
  visitor("bytes", bytes);
}

}  // namespace harmonium
