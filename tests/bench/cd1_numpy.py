"""Contrastive divergence of one sweep as one would write it in NumPy with some care: every result goes to memory that
is there, in single precision, whole matrices at a time."""

import sys

import numpy as np

import rival

BATCH, HIDDEN = 100, 500
RATE, MOMENTUM = np.float32(0.1), np.float32(0.5)


def sigmoid(x):
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    np.reciprocal(x, out=x)


class Rbm:
    def __init__(self, data):
        self.data = data
        self.random = np.random.default_rng(1)
        visible = data.shape[1]

        def zeros(*shape):
            return np.zeros(shape, np.float32)

        self.weights = self.random.normal(0, 0.01, (visible, HIDDEN)).astype(np.float32)
        self.visible_bias, self.hidden_bias = zeros(visible), zeros(HIDDEN)
        self.weights_step, self.visible_step, self.hidden_step = zeros(visible, HIDDEN), zeros(visible), zeros(HIDDEN)
        self.gradient, self.free_gradient = zeros(visible, HIDDEN), zeros(visible, HIDDEN)
        self.shown, self.imagined = zeros(BATCH, visible), zeros(BATCH, visible)
        self.clamped, self.free, self.drawn = zeros(BATCH, HIDDEN), zeros(BATCH, HIDDEN), zeros(BATCH, HIDDEN)

    def up(self, visible, hidden):
        np.dot(visible, self.weights, out=hidden)
        hidden += self.hidden_bias
        sigmoid(hidden)

    def down(self, hidden, visible):
        np.dot(hidden, self.weights.T, out=visible)
        visible += self.visible_bias
        sigmoid(visible)

    def epoch(self):
        order = self.random.permutation(len(self.data))
        for first in range(0, len(order), BATCH):
            np.take(self.data, order[first : first + BATCH], axis=0, out=self.shown)
            self.up(self.shown, self.clamped)
            self.random.random(out=self.drawn, dtype=np.float32)
            np.less(self.drawn, self.clamped, out=self.drawn)
            self.down(self.drawn, self.imagined)
            self.up(self.imagined, self.free)

            np.dot(self.shown.T, self.clamped, out=self.gradient)
            np.dot(self.imagined.T, self.free, out=self.free_gradient)
            self.gradient -= self.free_gradient
            self.gradient *= RATE / BATCH
            self.weights_step *= MOMENTUM
            self.weights_step += self.gradient
            self.weights += self.weights_step
            self.visible_step *= MOMENTUM
            self.visible_step += RATE * (self.shown.mean(0) - self.imagined.mean(0))
            self.visible_bias += self.visible_step
            self.hidden_step *= MOMENTUM
            self.hidden_step += RATE * (self.clamped.mean(0) - self.free.mean(0))
            self.hidden_bias += self.hidden_step


rival.serve(f"NumPy {np.__version__}", Rbm(rival.images(sys.argv[1])).epoch)
