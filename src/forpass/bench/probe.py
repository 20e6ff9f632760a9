"""What only a process of its own can tell: how long it takes to start, and how much memory it needs.

    python -m forpass.bench.probe start relu float32
    python -m forpass.bench.probe memory scikit-learn

Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["NETWORKS", "main", "most_memory"]

ACTIVATIONS = ("gelu", "mish", "selu", "elu", "silu", "softplus", "leaky_relu", "tanh", "sigmoid", "relu")
EPOCHS_FOR_MEMORY = 2


def main(what: str, *words: str) -> None:
    """Do what the words say and print what came of it."""
    probes: dict[str, Callable[..., dict[str, Any]]] = {"start": start, "memory": memory}
    print(json.dumps(probes[what](*words)))


def start(network: str, dtype: str) -> dict[str, Any]:
    """Train a network for one epoch: how long that takes after the imports, and how many kernels it compiles.

    Parameters
    ----------
    network : str
        A key of NETWORKS.
    dtype : {"float32", "float64"}
    """
    import forpass as fp
    from forpass.engines.compiled.runtime.compiler import compiled_here

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((500, 27)).astype(dtype), rng.integers(0, 7, 500)
    codes = rng.integers(0, 5, (500, 3)).astype(np.int32)
    spec, optimizer = NETWORKS[network]()
    data = fp.Data(X, codes, y, np.ones(500)) if spec.code_sizes else fp.Data(X, targets=y)
    began = time.perf_counter()
    fp.train(spec, fp.TrainingSpec(epochs=1, optimizer=optimizer, dtype=dtype), data)
    return {"train": time.perf_counter() - began, "compiled": len(compiled_here)}


def _relu() -> tuple[Any, Any]:
    """An ordinary network, and its optimiser."""
    import forpass as fp

    spec = fp.multilayer(27, [32], 7, "softmax_cross_entropy")
    return spec, fp.OptimizerSpec("gradient_descent", 0.01)


def _largest() -> tuple[Any, Any]:
    """A network of nearly everything there is, and its optimiser."""
    import forpass as fp

    layers: list[Any] = [fp.Embedding(4)]
    for number, name in enumerate(ACTIVATIONS):
        norm = fp.BatchNorm() if number % 2 else fp.LayerNorm()
        layers += [fp.Dense(64), norm, fp.Activation(name), fp.Dropout(0.1)]
    head, penalty = fp.Head("softmax_cross_entropy", {"smoothing": 0.1}), fp.Penalty(l2=1e-4, l1=1e-5)
    spec = fp.NetworkSpec(27, (*layers, fp.Dense(7)), head, code_sizes=(5, 5, 5), penalty=penalty)
    return spec, fp.OptimizerSpec("adamw", clip_norm=1.0, clip_value=5.0)


NETWORKS: dict[str, Callable[[], tuple[Any, Any]]] = {"relu": _relu, "largest": _largest}
"""What `start` can train, each a function that imports what it needs."""


def memory(contender: str) -> dict[str, Any]:
    """Train on a table of some size: the most memory the process had."""
    from forpass.bench.cases import MNIST, Recipe, examples
    from forpass.bench.contenders import make

    X, y = examples(MNIST)
    trainer = make(contender, MNIST, Recipe("gradient_descent", 0.01), X, y)
    trainer.fit(EPOCHS_FOR_MEMORY)
    return {"peak_bytes": most_memory(), "data_bytes": X.nbytes}


def most_memory() -> int:
    """Return the bytes that this process had in memory at its worst."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux getrusage tells what the parent had, if that was more
        words = status.read_text(encoding="utf-8").split()
        return 1024 * int(words[words.index("VmHWM:") + 1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
