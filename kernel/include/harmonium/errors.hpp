#pragma once

#include <stdexcept>
#include <string>

#include "harmonium/export.hpp"

namespace harmonium {

/// What an error means to the person at the command line: the program's exit status.
enum class Exit : int {
  success = 0,
  run_failed = 1,
  usage = 64,
  bad_data = 65,
  plugin_missing = 69,
  internal = 70,
  bad_pipeline = 78,
  interrupted = 130
};

/// Base of all errors thrown by the kernel and its plugins. The message says what was expected and what was got;
/// the kernel adds file, line and node.
class HARMONIUM_INTERFACE Error : public std::runtime_error {
 public:
  HARMONIUM_API Error(Exit status, const std::string& message);
  HARMONIUM_API ~Error() override;
  Exit status() const { return status_; }

 private:
  Exit status_;
};

/// Data that cannot be what they claim to be: a truncated file, text among numbers, values outside their range.
class HARMONIUM_INTERFACE BadData : public Error {
 public:
  HARMONIUM_API explicit BadData(const std::string& message);
  HARMONIUM_API ~BadData() override;
};

/// Work that failed while it ran: a diverged training, a full disk.
class HARMONIUM_INTERFACE RunFailed : public Error {
 public:
  HARMONIUM_API explicit RunFailed(const std::string& message);
  HARMONIUM_API ~RunFailed() override;
};

/// Parameters or connections that cannot work, noticed before any work. `where` names the parameter or port when one
/// is to blame ("with.hidden", "in.data"), else it is empty.
class HARMONIUM_INTERFACE BadPipeline : public Error {
 public:
  HARMONIUM_API explicit BadPipeline(const std::string& message, const std::string& where = "");
  HARMONIUM_API ~BadPipeline() override;
  const std::string& where() const { return where_; }

 private:
  std::string where_;
};

}  // namespace harmonium
