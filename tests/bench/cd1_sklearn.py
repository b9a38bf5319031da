"""scikit-learn's BernoulliRBM, of the same size and batch: `fit` for one iteration. (It trains by persistent contrastive
divergence, which has the same five products, and never shuffles.)"""

import sys

import sklearn
from sklearn.neural_network import BernoulliRBM

import rival

data = rival.images(sys.argv[1])
rbm = BernoulliRBM(n_components=500, learning_rate=0.1, batch_size=100, n_iter=1, random_state=1)
rival.serve(f"scikit-learn {sklearn.__version__}", lambda: rbm.fit(data))
