#include "harmonium/plugin.hpp"

#include "csv_reader.hpp"

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::CsvReader>("reader.csv"); }
