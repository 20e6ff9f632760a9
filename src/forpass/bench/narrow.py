"""Steps as on a processor that has AVX2 and no wider vectors, in a process of its own.

    OPENBLAS_CORETYPE=Haswell python -m forpass.bench.narrow quick

Prints a JSON list: rows as of `measure_steps`, of gradient descent; an empty one where there is no AVX2.
"""

from __future__ import annotations

import json
import sys

import llvmlite.binding as llvm

from forpass.bench.speed import FULL, QUICK, RECIPES, measure_steps

__all__ = ["main"]

WIDER = ("avx512", "evex512", "avx10", "amx")
RECIPE = "SGD"


def main(effort: str) -> None:
    """Measure, with the effort "quick" or "full", and print what came of it."""
    has = llvm.get_host_cpu_features()
    rows = []
    if has.get("avx2"):
        held = type(has)({name: on and not name.startswith(WIDER) for name, on in has.items()})
        llvm.get_host_cpu_features = lambda: held  # nothing has been compiled in this process so far
        efforts = {"quick": QUICK, "full": FULL}
        rows = measure_steps(
            ["forpass", "scikit-learn"], efforts[effort], lambda text: None, {RECIPE: RECIPES[RECIPE]}
        )
    print(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
