#include "harmonium/epochs.hpp"

#include <fmt/format.h>

#include <utility>

#include "harmonium/errors.hpp"

namespace harmonium {

void Epochs::over(Batches batches, Index at_once) {
  batches_ = std::move(batches);
  at_once_ = at_once;
}

Moment Epochs::now(Index epochs) const {
  const double part = static_cast<double>(batch_) / static_cast<double>(batches_.per_epoch());
  return {static_cast<double>(epoch_) + part, static_cast<double>(epochs), step()};
}

bool Epochs::advance(Index epochs, Context& context, const std::function<void()>& batch,
                     const std::function<void()>& ended) {
  if (epoch_ >= epochs) return false;
  for (Index i = 0; i < at_once_ && batch_ < batches_.per_epoch(); ++i) {
    try {
      batch();
    } catch (const RunFailed& error) {
      throw RunFailed(fmt::format("epoch {}, batch {}: {}; a smaller learning rate may help", epoch_ + 1, batch_ + 1,
                                  error.what()));
    }
    ++batch_;
    ++step_;
  }
  if (batch_ == batches_.per_epoch()) {
    batch_ = 0;
    ++epoch_;
    ended();
  }
  context.progress(now(epochs).epoch, static_cast<double>(epochs), "epochs",
                   {static_cast<double>(batches_.per_epoch()), "batches"});
  return epoch_ < epochs;
}

void Epochs::visit(Visitor& visitor) {
  visitor("epoch", epoch_);
  visitor("batch", batch_);
  visitor("step", step_);
}

}  // namespace harmonium
