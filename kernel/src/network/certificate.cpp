#include "harmonium/certificate.hpp"

#include <fmt/format.h>

namespace harmonium {

bool trusted(const std::string& verdict) { return !verdict.starts_with("not "); }

Certificate Certificate::exact(double log_z) {
  Certificate made;
  made.log_z = made.low = made.high = log_z;
  made.verdict = "exact";
  return made;
}

std::string Certificate::text() const {
  if (runs == 0) return fmt::format("log Z = {:.6g} nats, {}", log_z, verdict);
  return fmt::format("log Z = {:.2f} (+-{:.2f}) nats, {}", log_z, (high - low) / 2, verdict);
}

void Certificate::visit(Visitor& visitor) {
  visitor("log_z", log_z);
  visitor("error", error);
  visitor("low", low);
  visitor("high", high);
  visitor("runs", runs);
  visitor("effective", effective);
  visitor("temperatures", temperatures);
  visitor("gap", gap);
  visitor("verdict", verdict);
}

}  // namespace harmonium
