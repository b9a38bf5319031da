#include "run/journal.hpp"

#include <cerrno>
#include <cmath>

#include "run/durable.hpp"
#include "run/machine.hpp"

namespace harmonium::run {

Journal::Journal(const std::filesystem::path& file) : path_(file), file_(file), began_(now()) {
  if (!file_) io_failed("create", path_, errno);
}

void Journal::write(const std::string& event, const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json line = {{"event", event}, {"seconds", std::round((now() - began_) * 1000) / 1000}};
  line.update(fields);
  // Text may come from files that are not UTF-8.
  file_ << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n' << std::flush;
}

}  // namespace harmonium::run
