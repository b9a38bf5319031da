#include "harmonium/plugin.hpp"

#include "binarise.hpp"
#include "classes.hpp"
#include "complete_cases.hpp"
#include "pad.hpp"
#include "pool.hpp"
#include "principal_components.hpp"
#include "row_range.hpp"
#include "sample.hpp"
#include "scale.hpp"
#include "split.hpp"
#include "standardise.hpp"
#include "whiten.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Binarise>("data.binarise");
  registrar.node<harmonium::Classes>("data.classes");
  registrar.node<harmonium::CompleteCases>("data.complete_cases");
  registrar.node<harmonium::Pad>("data.pad");
  registrar.node<harmonium::PrincipalComponents>("data.pca");
  registrar.node<harmonium::Pool>("data.pool");
  registrar.node<harmonium::RowRange>("data.rows");
  registrar.node<harmonium::Sample>("data.sample");
  registrar.node<harmonium::Scale>("data.scale");
  registrar.node<harmonium::Split>("data.split");
  registrar.node<harmonium::Standardise>("data.standardise");
  registrar.node<harmonium::Whiten>("data.whiten");
}
