#include "harmonium/plugin.hpp"
#include "training.hpp"

namespace harmonium {

template <class T>
void Training::describe_common(NodeType<T>& type) {
  type.template input<Network>("model", "What is trained; the result is a copy.")
      .template input<Dataset>("data", "What it learns from.")
      .template optional_input<Dataset>("validation",
                                        "Held-out data: their free energy is watched beside the training data's.")
      .template output<Network>("model", "The trained model.")
      .template output<Snapshots>("snapshots", "The model at a few epochs, the first before training.")
      .template output<Table>(
          "course",
          "Epoch by epoch: reconstruction error over up to 1,000 rows, and the root mean square of the weights.")
      .random();
  type.parameter("epochs", &Training::epochs).at_least(0).extends().unit("epochs").says("Passes over the data.");
  type.parameter("batch", &Training::batch)
      .at_least(1)
      .unit("rows")
      .says("Rows in a batch. The gradient is their mean; a short last batch weighs by its size.");
  type.parameter("steps", &Training::steps)
      .at_least(1)
      .at_most(65536)
      .unit("sweeps")
      .says("Sweeps of the sampler before the free statistics are taken.");
  type.parameter("settling", &Training::settling)
      .at_least(1)
      .at_most(65536)
      .unit("sweeps")
      .says("Where hidden units are joined to each other: sweeps of the clamped phase.");
  type.parameter("free_phase", &Training::free_phase)
      .says("Whether there is a free phase; without one nothing bounds the weights, which shows what it is for.");
  type.parameter("shuffle", &Training::shuffle).says("Whether rows come in a new order every epoch.");
  type.parameter("update", &Training::update)
      .says(T().persistent
                ? "How a gradient becomes a step; where none is given, update.sgd with a rate that falls in a straight "
                  "line to 0 from 0.05, with Gaussian units from 0.0025."
                : "How a gradient becomes a step; where none is given, update.sgd with rate 0.1, with Gaussian units "
                  "0.005, and momentum 0.5, from epoch 5 on 0.9.");
  type.parameter("penalties", &Training::penalties)
      .says("What is to be kept small besides: weights (never biases), or activities of hidden units.");
  type.parameter("frozen", &Training::frozen)
      .says(
          "What keeps its values while the rest learns: layers by their name (biases and other parameters of their "
          "units) and connections as a-b.");
  type.parameter("centring", &Training::centring)
      .one_of(Centring::names())
      .says(
          "What is subtracted from states before they are correlated: nothing, the mean of the data (and of hidden "
          "units driven by them), the average of that with the free phase's, or the middle of their states, so that "
          "binary units learn by the statistics of spins.")
      .cites("Montavon, Mueller 2012; Cho, Raiko, Ilin 2013; Melchior, Fischer, Wiskott 2016");
  type.parameter("sliding", &Training::sliding)
      .above(0)
      .at_most(1)
      .says("Of centring: the share of the way to a batch's means that the offsets move.");
  type.parameter("sampler", &Training::sampler)
      .says("What moves the free phase; it must leave the model's distribution unchanged.");
  type.parameter("settler", &Training::settler)
      .says(
          "What settles hidden units in the clamped phase where they are joined to each other: draws, from random "
          "hidden states, or their mean field, from a pass upwards.");
  type.parameter("inputs", &Training::inputs)
      .one_of({"probabilities", "sampled"})
      .says("Whether grey values are used as they are, or a binary value is drawn for each at every presentation.");
  type.parameter("hidden_statistics", &Training::hidden_statistics)
      .one_of({"probabilities", "samples"})
      .says(
          "What enters the statistics of hidden layers; samples where they are joined to each other. What drives the "
          "visible layer is drawn in any case.");
  type.parameter("doubled", &Training::doubled)
      .one_of({"none", "up", "down"})
      .says(
          "Layers that are trained one by one for a deep Boltzmann machine: whose input counts twice, standing in for "
          "a "
          "neighbour that is missing; that of the hidden units (up, the lowest layer) or of the visible ones (down, "
          "the "
          "topmost). Biases never do.")
      .cites("Salakhutdinov, Hinton 2009, section 3.3");
  type.parameter("snapshots", &Training::snapshots)
      .at_least(2)
      .unit("models")
      .says("At most so many are kept, evenly spaced over the epochs.");
}

namespace {

/// The gradient of the log-likelihood is <t(x)> clamped - <t(x)> free. Contrastive divergence takes the free statistics
/// after a few Gibbs sweeps that start at the data. Hinton 2002; defaults after Hinton 2012.
struct ContrastiveDivergence : Training {
  static void describe(NodeType<ContrastiveDivergence>& type) {
    type.says("Contrastive divergence: the free phase starts at the data and takes a few sweeps.")
        .cites("Hinton 2002; Hinton 2012");
    describe_common(type);
    type.parameter("visible", &Training::visible)
        .one_of({"probabilities", "samples"})
        .says(
            "What a sweep makes of visible layers: their means, or draws, which a likelihood needs; draws where units "
            "of "
            "one kind are joined.");
  }
};

/// Contrastive divergence with chains that go on from update to update, visible units drawn. The rate must fall for the
/// chains to keep up. Younes 1989; Tieleman 2008. With sampler.tempering chains cross between modes: Desjardins et al.
/// 2010. With fast weights they are driven away from where they have been: Tieleman, Hinton 2009.
struct PersistentContrastiveDivergence : Training {
  PersistentContrastiveDivergence() { persistent = true; }
  static void describe(NodeType<PersistentContrastiveDivergence>& type) {
    type.says("Persistent contrastive divergence: the chains of the free phase go on from update to update.")
        .cites("Younes 1989; Tieleman 2008");
    describe_common(type);
    type.parameter("chains", &PersistentContrastiveDivergence::chains)
        .at_least(1)
        .unit("chains")
        .says("Chains of the free phase, at the model's own temperature.");
    type.parameter("fast_rate", &PersistentContrastiveDivergence::fast_rate)
        .at_least(0)
        .says(
            "The rate of weights that are added to the regular ones for the free phase alone, learn fast and decay, "
            "which drives the chains on; 0 for none.")
        .cites("Tieleman, Hinton 2009");
    type.parameter("fast_decay", &PersistentContrastiveDivergence::fast_decay)
        .at_least(0)
        .below(1)
        .says("What fast weights are multiplied by at every update.");
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::ContrastiveDivergence>("trainer.cd");
  registrar.node<harmonium::PersistentContrastiveDivergence>("trainer.pcd");
}
