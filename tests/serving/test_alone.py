"""Serving imports nothing but NumPy beside forpass, and works where nothing else is installed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from golden_files import GOLDEN

import forpass as fp
from forpass import serving

SOURCES = Path(fp.__file__).parents[1]
NOT_NEEDED = {"scipy", "sklearn", "llvmlite", "narwhals", "safetensors", "joblib", "threadpoolctl", "pandas"}
"""What forpass asks for beside NumPy, and what a table may come from."""

SERVES = """
import json, sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
path, hidden, rows = map(json.loads, sys.argv[1:])
sys.meta_path.insert(0, Hidden())
from forpass import serving
served = serving.load(path)
answers = [served(rows[0]), *served.answers(rows)] if served.columns else served.predict_proba(rows).tolist()
modules = [name for name in sys.modules if name.startswith("forpass.")]
print(json.dumps([answers, sorted({name.partition(".")[0] for name in sys.modules}), modules]))
"""

FEW = 108
"""Modules of forpass that serving may import: each takes a part of the time until the first answer."""


def answered(path, rows, hidden=()):
    """What a new process answers, which cannot import some packages; what it has imported."""
    given = map(json.dumps, (str(path), sorted(hidden), rows))
    done = subprocess.run(
        [sys.executable, "-c", SERVES, *given],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SOURCES)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The file of a small network of words and numbers, and rows."""
    rng = np.random.default_rng(0)
    table = {
        "x": rng.standard_normal(60).tolist(),
        "town": rng.choice(["Ulm", "Bonn", "Kiel"], 60).tolist(),
        "y": rng.choice(["no", "yes"], 60).tolist(),
    }
    model = fp.train_table(table, "y", hidden=(4,), epochs=2)
    rows = [{"x": 0.5, "town": "Kiel"}, {"x": -1.5, "town": "Ulm"}]
    return model.save(tmp_path_factory.mktemp("alone") / "model"), rows


def test_a_row_is_answered_with_nothing_imported_that_is_not_needed(saved):
    path, rows = saved
    answers, packages, modules = answered(path, rows)
    served = serving.load(path)
    assert answers == [served(rows[0]), *served.answers(rows)]
    assert not NOT_NEEDED & set(packages)
    forbidden = ("forpass.api", "forpass.training", "forpass.engines.compiled", "forpass.engines.plans")
    assert not [name for name in modules if name.startswith(forbidden)]
    assert len(modules) <= FEW


def test_what_is_not_needed_need_not_be_installed(saved):
    path, rows = saved
    assert answered(path, rows, NOT_NEEDED)[0] == answered(path, rows)[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ensemble", "intervals", "three", "two", "codes", "multilabel"])
def test_ensembles_and_all_kinds_of_answers_need_nothing_else(name):
    path = GOLDEN / "schema3" / f"{name}.forpass"
    served = serving.load(path)
    rows = [{column.name: column.example for column in served.columns}] * 2
    assert answered(path, rows, NOT_NEEDED)[0] == answered(path, rows)[0]


def test_gelu_without_scipy_is_gelu(tmp_path):
    data = fp.Data(np.random.default_rng(0).standard_normal((20, 3)), targets=[0, 1] * 10)
    spec = fp.multilayer(3, [8], 2, "softmax_cross_entropy", activation="gelu")
    path = fp.train(spec, fp.TrainingSpec(epochs=1), data).save(tmp_path / "gelu")
    alone, _, _ = answered(path, data.numbers.tolist(), NOT_NEEDED)
    np.testing.assert_allclose(alone, serving.load(path).predict_proba(data), rtol=1e-5)
