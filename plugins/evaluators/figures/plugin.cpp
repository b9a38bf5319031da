#include "harmonium/plugin.hpp"

#include "confusion.hpp"
#include "couplings.hpp"
#include "curves.hpp"
#include "reconstructions.hpp"
#include "rows.hpp"
#include "samples.hpp"
#include "weights.hpp"

HARMONIUM_PLUGIN(registrar) {
  using namespace harmonium::figures;
  registrar.node<WeightsFigure>("figure.weights");
  registrar.node<SnapshotsFigure>("figure.snapshots");
  registrar.node<ReconstructionsFigure>("figure.reconstructions");
  registrar.node<RowsFigure>("figure.rows");
  registrar.node<SamplesFigure>("figure.samples");
  registrar.node<ConfusionFigure>("figure.confusion");
  registrar.node<CurvesFigure>("figure.curves");
  registrar.node<CouplingsFigure>("figure.couplings");
}
