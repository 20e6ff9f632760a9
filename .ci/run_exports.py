"""Run what `make_exports.py` wrote where there is no forpass: NumPy and onnxruntime alone.

path/to/bare/environment/bin/python .ci/run_exports.py FOLDER
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

NEAR = 1e-5


def of_onnx(place: Path, cells: dict[str, list]) -> dict[str, np.ndarray]:
    """Return what the ONNX file answers."""
    session = onnxruntime.InferenceSession(place / "model.onnx", providers=["CPUExecutionProvider"])
    given = {}
    for one in session.get_inputs():
        kind = object if one.type == "tensor(string)" else np.float64
        given[one.name] = np.array(cells[one.name], kind)[:, None]
    return dict(zip((one.name for one in session.get_outputs()), session.run(None, given), strict=True))


def of_python(place: Path, cells: dict[str, list]) -> dict[str, np.ndarray]:
    """Return what the Python file answers."""
    spec = importlib.util.spec_from_file_location("exported", place / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.predict(cells)


def deviation(wanted: dict[str, list], found: dict[str, np.ndarray]) -> float:
    """Return how far answers deviate; of values relative to 1 or their size."""
    largest = 0.0
    for name, answers in wanted.items():
        expected, answered = np.array(answers), np.asarray(found[name]).reshape(np.shape(answers))
        if name in ("label", "labels"):
            largest = max(largest, 1.0 * np.mean(answered.astype(expected.dtype) != expected))
        else:
            size = 1.0 if name == "probabilities" else np.maximum(1.0, np.abs(expected))
            largest = max(largest, float(np.max(np.abs(answered - expected) / size)))
    return largest


def main(folder: Path) -> None:
    """Stop with an AssertionError where an export answers something else."""
    assert importlib.util.find_spec("forpass") is None, "forpass is installed here"
    for place in sorted(folder.iterdir()):
        told = json.loads((place / "rows.json").read_text())
        for run in (of_onnx, of_python):
            off = deviation(told["answers"], run(place, told["cells"]))
            rows = len(next(iter(told["cells"].values())))
            print(f"{place.name:<20} {run.__name__:<10} {rows:>4} rows  {off:.1e}")
            assert off <= NEAR, f"{place.name}: {run.__name__} deviates by {off}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
