#include "report/observer.hpp"

namespace harmonium::report {

Observer::~Observer() = default;
void Observer::node_started(const std::string&, std::size_t, std::size_t) {}
void Observer::progress(double, double, const std::string&, const Steps&) {}
void Observer::metric(const std::string&, double, const std::string&) {}
void Observer::node_finished(const std::string&, bool, double) {}
void Observer::warned(const std::string&) {}

}  // namespace harmonium::report
