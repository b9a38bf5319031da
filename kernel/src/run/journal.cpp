#include "run/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <system_error>
#include <thread>

#include "harmonium/errors.hpp"
#include "run/machine.hpp"

namespace harmonium::run {

using nlohmann::json;

Journal::Journal(const std::filesystem::path& file, std::FILE* copy, Begin begin,
                 const std::set<std::string>& made_again)
    : path_(file),
      file_(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)),
      copy_(copy),
      began_(now()) {
  if (!file_) io_failed("create", path_, errno);
  // Whoever asks whether it is written holds it for a moment.
  int tries = 20;
  while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && --tries > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (tries == 0) throw RunFailed(fmt::format("another run is writing to {}", path_.parent_path().string()));
  if (begin == Begin::where_it_was_cut_off)
    go_on(made_again);
  else if (::ftruncate(file_.get(), 0) != 0)
    io_failed("write", path_, errno);
}

void Journal::go_on(const std::set<std::string>& made_again) {
  const std::string text = read_text(path_);
  // Nodes run one after the other, so that all which is kept lies before all which is not.
  std::size_t kept = 0;
  double seconds = 0;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) try {
      const json event = json::parse(text.substr(at, end - at));
      const std::string what = event.value("event", ""), node = event.value("node", "");
      if (what == "run finished" || made_again.contains(node)) break;
      if (what == "node finished") took_[node] = event.value("took", 0.0);
      if (what == "node from store") took_.try_emplace(node, 0.0);
      if (what != "node finished" && what != "node from store" && what != "run started" && what != "run resumed")
        continue;
      kept = end + 1;
      seconds = event.value("seconds", seconds);
    } catch (const json::exception&) {
      break;
    }
  if (::ftruncate(file_.get(), static_cast<off_t>(kept)) != 0) io_failed("write", path_, errno);
  began_ -= seconds;
}

std::optional<double> Journal::took(const std::string& node) const {
  const auto found = took_.find(node);
  return found == took_.end() ? std::nullopt : std::optional(found->second);
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
  const off_t before = ::lseek(file_.get(), 0, SEEK_END);
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(file_.get(), text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      problem_ = std::generic_category().message(errno);
      // A part of a line is worse than none.
      if (done > 0 && ::ftruncate(file_.get(), before) != 0) problem_ += ", in the middle of a line";
      break;
    }
    done += static_cast<std::size_t>(written);
  }
  if (!copy_) return;
  std::fputs(text.c_str(), copy_);
  std::fflush(copy_);
}

}  // namespace harmonium::run
