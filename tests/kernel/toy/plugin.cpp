#include "toy.hpp"

HARMONIUM_PLUGIN(registrar) {
  toy::register_tables(registrar);
  toy::register_slow(registrar);
  toy::register_data(registrar);
  toy::register_values(registrar);
}
