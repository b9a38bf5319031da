"""What cd1_numpy.py and cd1_sklearn.py share: the images, and an epoch for every line that comes in."""

import ctypes
import gzip
import json
import re
import sys
import time

import numpy as np


def images(folder):
    """MNIST's training images, rows x 784, between 0 and 1."""
    with gzip.open(f"{folder}/train-images-idx3-ubyte.gz") as file:
        values = np.frombuffer(file.read(), dtype=np.uint8, offset=16)
    return values.reshape(-1, 784).astype(np.float32) / 255


def blas():
    """The BLAS that is loaded, and which of its kernels are in use."""
    np.ones((64, 64), np.float32) @ np.ones((64, 64), np.float32)
    with open("/proc/self/maps") as maps:
        found = re.search(r"/\S*openblas\S*\.so\S*", maps.read())
    if not found:
        return "no OpenBLAS"
    library = ctypes.CDLL(found.group())
    library.openblas_get_corename.restype = ctypes.c_char_p
    return f"OpenBLAS, {library.openblas_get_corename().decode()} kernels"


def serve(name, epoch):
    """Says what it is; then goes on for an epoch whenever a line comes in, and answers with its seconds."""
    epoch()
    print(json.dumps({"rival": name, "blas": blas()}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        epoch()
        print(time.perf_counter() - began, flush=True)
