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

__all__ = ["main"]

WIDEST = ("gelu", "mish", "selu", "elu", "silu", "softplus", "leaky_relu", "tanh", "sigmoid", "relu")
EPOCHS_FOR_MEMORY = 2


def main(what: str, *words: str) -> None:
    """Do what the words say and print what came of it."""
    probes: dict[str, Callable[..., dict[str, Any]]] = {"start": start, "memory": memory}
    print(json.dumps(probes[what](*words)))


def start(network: str, dtype: str) -> dict[str, Any]:
    """Train for one epoch: seconds until everything is imported, until trained, until predicted."""
    began = time.perf_counter()
    import forpass as fp

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((500, 27)).astype(dtype), rng.integers(0, 7, 500)
    codes = rng.integers(0, 5, (500, 3)).astype(np.int32)
    if network == "relu":
        spec = fp.multilayer(27, [32], 7, "softmax_cross_entropy")
        data, optimizer = fp.Data(X, targets=y), fp.OptimizerSpec("gradient_descent", 0.01)
    else:
        layers: list[Any] = [fp.Embedding(4)]
        for number, name in enumerate(WIDEST):
            norm = fp.BatchNorm() if number % 2 else fp.LayerNorm()
            layers += [fp.Dense(64), norm, fp.Activation(name), fp.Dropout(0.1)]
        head, penalty = fp.Head("softmax_cross_entropy", {"smoothing": 0.1}), fp.Penalty(l2=1e-4, l1=1e-5)
        spec = fp.NetworkSpec(27, (*layers, fp.Dense(7)), head, code_sizes=(5, 5, 5), penalty=penalty)
        data = fp.Data(X, codes, y, np.ones(500))
        optimizer = fp.OptimizerSpec("adamw", clip_norm=1.0, clip_value=5.0)
    training = fp.TrainingSpec(epochs=1, optimizer=optimizer, dtype=dtype)
    imported = time.perf_counter()
    model = fp.train(spec, training, data)
    trained = time.perf_counter()
    model.predict(data)
    from forpass.engines.compiled.compiler import compiled_here

    return {
        "import": imported - began,
        "train": trained - imported,
        "predict": time.perf_counter() - trained,
        "compiled": len(compiled_here),
    }


def memory(contender: str) -> dict[str, Any]:
    """Train on a table of some size: the most memory the process had."""
    from forpass.bench.cases import CASES, Recipe, examples
    from forpass.bench.contenders import make

    case = next(case for case in CASES if case.name == "mnist")
    X, y = examples(case)
    trainer = make(contender, case, Recipe("gradient_descent", 0.01), X, y)
    trainer.fit(EPOCHS_FOR_MEMORY)
    return {"peak_bytes": _most_memory(), "data_bytes": X.nbytes}


def _most_memory() -> int:
    """Return the bytes that this process had in memory at its worst."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux getrusage tells what the parent had, if that was more
        words = status.read_text(encoding="utf-8").split()
        return 1024 * int(words[words.index("VmHWM:") + 1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
