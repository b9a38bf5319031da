#pragma once

#include "harmonium/plugin.hpp"

namespace toy {

void register_tables(harmonium::Registrar& registrar);
void register_slow(harmonium::Registrar& registrar);
void register_data(harmonium::Registrar& registrar);
void register_values(harmonium::Registrar& registrar);

}  // namespace toy
