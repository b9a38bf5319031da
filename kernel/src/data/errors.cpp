#include "harmonium/errors.hpp"

namespace harmonium {

Error::Error(Exit status, const std::string& message) : std::runtime_error(message), status_(status) {}
Error::~Error() = default;

BadData::BadData(const std::string& message) : Error(Exit::bad_data, message) {}
BadData::~BadData() = default;

RunFailed::RunFailed(const std::string& message) : Error(Exit::run_failed, message) {}
RunFailed::~RunFailed() = default;

BadPipeline::BadPipeline(const std::string& message, const std::string& where)
    : Error(Exit::bad_pipeline, message), where_(where) {}
BadPipeline::~BadPipeline() = default;

}  // namespace harmonium
