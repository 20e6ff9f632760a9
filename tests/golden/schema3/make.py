"""Writes the files of schema 3 in this folder, which every later forpass must read.

They are made once, with a forpass that writes schema 3, and are not made again when that has another;
this program says what they hold. `expected.json` has what the models answered then. To the models of schema 2
come those of recipes, with intervals, sets and calibrations, all layers that read inputs, and figures that
are undefined.

    python tests/golden/schema3/make.py
"""

import dataclasses
import importlib.util
import json
import warnings
from pathlib import Path

import numpy as np

import forpass as fp
from forpass.recipes import PRESETS, Chain, Folds, LinearMember, Member

HERE = Path(__file__).parent

_spec = importlib.util.spec_from_file_location("make_schema_2", HERE.parent / "schema2" / "make.py")
before = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(before)


def recipe() -> fp.Recipe:
    """A recipe of small networks of every kind."""
    networks = {
        "A": Member(hidden=(6,), numbers=("piecewise",), statistics=True, learning_rate=0.1),
        "B": Member(hidden=(4,), numbers=("periodic",)),
    }
    chains = Chain("linear", LinearMember()), *(Chain(name, made, (2,)) for name, made in networks.items())
    kinds = dict.fromkeys(("two_classes", "classes", "labels", "values"), chains)
    return dataclasses.replace(
        PRESETS["fast"], name="small", rungs=1, folds=(Folds(1, 2, 2, 1),), racing_ratio=100.0, **kinds
    )


def long_table(n: int = 400) -> dict:
    """Rows whose numbers, many words and dates say something about a value and a class."""
    rng = np.random.default_rng(3)
    size, word = rng.normal(size=n).round(1), rng.integers(0, 30, n)
    value = (1.0 + size) * (word % 3) + (1.0 + (size > 0)) * rng.normal(size=n)
    return {
        "size": size.tolist(),
        "word": [f"w{number}" for number in word],
        "day": [f"2021-{1 + k % 12:02}-{1 + k % 28:02}" for k in range(n)],
        "value": value.round(3).tolist(),
        "two": [("no", "yes")[int(v > 0)] for v in value],
        "three": [("low", "middle", "high")[int(v > -0.7) + int(v > 0.7)] for v in value],
    }


OF_RECIPES = {"intervals": "value", "two": "two", "three": "three"}
"""The models of the recipe, and their targets."""


def without(target: str) -> dict:
    """The long table with one target."""
    others = {"value", "two", "three"} - {target}
    return {name: cells for name, cells in long_table().items() if name not in others}


def of_recipes(expected: dict) -> None:
    """Ensembles: intervals as wide as the row asks for, sets, calibrations of a scale and of a matrix."""
    for name, target in OF_RECIPES.items():
        model = fp.train_table(without(target), target, preset=recipe(), seed=1)
        if name == "three":  # of so few rows it would not be a matrix
            model = with_matrix(model)
        model.save(HERE / f"{name}.forpass")
        expected[name] = before.answers(model, without(target))
        if name == "intervals":
            expected[name] |= {"ends": model.predict_interval(without(target), 0.8).tolist()}
        else:
            expected[name] |= {"sets": [list(found) for found in model.predict_set(without(target), 0.8)]}


def with_matrix(model: fp.Ensemble) -> fp.Ensemble:
    """The same ensemble with a bias and a matrix in its calibration, and with weights of decisions."""
    from forpass.model.calibration import Calibration

    matrix = ((0.0, 0.125, 0.0), (-0.125, 0.0, 0.0), (0.0, 0.25, 0.0625))
    return fp.Ensemble(
        model.members,
        model.weights,
        sharpness=model.sharpness,
        calibration=Calibration((1.25,), (0.5, 0.0, -0.5), matrix),
        intervals=model.intervals,
        decision_weights=(1.0, 2.0, 1.0),
        provenance=model.provenance,
        left_out=model.left_out,
    )


def inputs() -> fp.NetworkSpec:
    """A network of three members, with all layers that read inputs."""
    columns = (
        fp.FeatureGroup("size", "number", 1, edges=[-2.0, 0.0, 2.0], centres=[0.5, 0.25]),
        fp.FeatureGroup("hour", "circle", 2),
        fp.FeatureGroup("town", "code", 0, 4),
        fp.FeatureGroup("street", "code", 0, 6, unknown=True),
    )
    numbers = (fp.Periodic(2, frequencies=3), fp.Dense(4))
    layers = (
        fp.Concatenate(((fp.Embedding(2),), numbers)),
        fp.Columnwise("scale", initializer="random_sign", by_member=True),
        fp.Dense(6, by_member=True),
        fp.Sum(((), (fp.Dense(6), fp.Activation("gelu")))),
        fp.Dense(1),
    )
    return fp.NetworkSpec(inputs=columns, layers=layers, head=fp.Head("squared"), members=3)


def of_undefined_figures(expected: dict) -> None:
    """Models of few rows: figures that are undefined, in what was measured and in the history."""
    table = {"x": [float(k % 7) for k in range(44)], "y": [("a", "b")[k % 2] for k in range(44)]}
    rows = {name: cells[:1] for name, cells in table.items()}
    model = fp.train_table(table, "y", hidden=(3,), epochs=2, test=rows, validation=rows, seed=1)
    model.save(HERE / "undefined.forpass")
    expected["undefined"] = before.answers(model, table) | {"provenance": model.provenance.to_json()}


def of_members(expected: dict) -> None:
    """A network of several members, which reads its inputs in every way."""
    data = fp.Data(before.X, before.CODES, before.X[:, 0] - before.X[:, 1])
    model = fp.train(inputs(), fp.TrainingSpec(4, batch_size=12, seed=5), data)
    model.save(HERE / "members.forpass")
    expected["members"] = {"predict": model.predict(data).tolist()}


def main() -> None:
    """Write the files, and what their models answer."""
    warnings.simplefilter("ignore")
    expected: dict = {}
    for part in (before.of_arrays, before.of_tables, before.of_files):
        part(expected, HERE)
    for part in (of_recipes, of_undefined_figures, of_members):
        part(expected)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
