#include "harmonium/certificate.hpp"

#include <fmt/format.h>

namespace harmonium {

namespace {

std::string rows_called(const std::string& made) {
  return made == "as they came" ? "rows as they came" : made + " rows";
}

}  // namespace

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

std::string Certificate::details() const {
  if (runs == 0) return "";
  return fmt::format("{:.0f} runs of {:.0f} temperatures there and back, from chains of {:.0f} sweeps{}", runs,
                     temperatures, burn_in, data.empty() ? "" : fmt::format(", rates of {}", rows_called(data)));
}

void Certificate::visit(Visitor& visitor) {
  for_each_number(*this, [&](const char* name, double& number) { visitor(name, number); });
  visitor("data", data);
  visitor("verdict", verdict);
}

}  // namespace harmonium
