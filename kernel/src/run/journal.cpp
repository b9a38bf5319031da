#include "run/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <thread>

#include "harmonium/errors.hpp"
#include "run/machine.hpp"

namespace harmonium::run {

Journal::Journal(const std::filesystem::path& file, std::FILE* copy)
    : path_(file), lock_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)), copy_(copy), began_(now()) {
  if (!lock_) io_failed("create", path_, errno);
  // Whoever asks whether it is written holds it for a moment.
  int tries = 20;
  while (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0 && --tries > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (tries == 0) throw RunFailed(fmt::format("another run is writing to {}", path_.parent_path().string()));
  file_.open(path_, std::ios::trunc);
  if (!file_) io_failed("create", path_, errno);
}

bool Journal::is_written(const std::filesystem::path& file) {
  const Descriptor journal(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return journal && ::flock(journal.get(), LOCK_SH | LOCK_NB) != 0;
}

void Journal::write(const std::string& event, const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json line = {{"event", event}, {"seconds", std::round((now() - began_) * 1000) / 1000}};
  line.update(fields);
  // Text may come from files that are not UTF-8.
  const std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  file_ << text << std::flush;
  if (!copy_) return;
  std::fputs(text.c_str(), copy_);
  std::fflush(copy_);
}

}  // namespace harmonium::run
