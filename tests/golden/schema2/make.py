"""Writes the files of schema 2 in this folder, which every later forpass must read.

They are made once, with a forpass that writes schema 2, and are not made again when that has another;
this program says what they hold. `expected.json` has what the models answered then.

    python tests/golden/schema2/make.py
"""

import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import forpass as fp
from forpass.maths import activations, xp

HERE = Path(__file__).parent
"""Where files go: the program of the next schema makes the same models, in its own folder."""

X = np.round(np.sin(np.arange(120.0)).reshape(40, 3) * 2, 3)
CODES = np.stack([np.arange(40) % 4, np.arange(40) % 6], axis=1).astype(np.int32)
Y = (np.arange(40) * 7) % 3
HALF, ONE = 0.5, 1.0


def bent(Z):
    """A line that bends: a = z + (sqrt(z^2 + 1) - 1) / 2."""
    return Z + HALF * (xp.sqrt(Z * Z + ONE) - ONE)


def bent_vjp(dA, Z, A):
    """Go back: dz = da (1 + z / (2 sqrt(z^2 + 1)))."""
    return dA * (ONE + HALF * Z / xp.sqrt(Z * Z + ONE))


BENT = activations.Activation("bent", bent, bent_vjp, "z + (sqrt(z^2 + 1) - 1) / 2", reads="Z")


def arrays() -> fp.Data:
    """Numbers, codes, three classes and weights."""
    return fp.Data(X, CODES, Y, weights=1.0 + np.arange(40) % 2)


def everything() -> fp.NetworkSpec:
    """A network of all layers, which branches, with a penalty and settings of its own."""
    inputs = (
        fp.FeatureGroup("size", "number", 1),
        fp.FeatureGroup("hour", "circle", 2),
        fp.FeatureGroup("town", "code", 0, 4),
        fp.FeatureGroup("street", "code", 0, 6, unknown=True),
    )
    block = (
        fp.Dense(
            6,
            weights=fp.Initializer("normal", {"std": 1.0}),
            biases="through_rows",
            multiplier="neural_tangent",
        ),
        fp.LayerNorm(),
        fp.Columnwise("parametric_mish", role="share"),
        fp.Dropout(0.25),
        fp.Dense(8, bias=False, weights=fp.Initializer("uniform", {"low": -0.5, "high": 0.5})),
    )
    layers = (
        fp.Embedding(2),
        fp.Columnwise("scale"),
        fp.Dense(8, weights="unit_variance", bias_role="first_bias"),
        fp.Residual(block),
        fp.BatchNorm(momentum=0.2),
        fp.Concatenate(((), (fp.Dense(4), fp.Activation("leaky_relu", {"slope": 0.2})))),
        fp.Dense(3, multiplier=0.5, weight_role="last"),
    )
    head = fp.Head("softmax_cross_entropy", {"smoothing": 0.1})
    penalty = fp.Penalty(l1=0.001, l2=0.01, roles=("weight", "embedding", "last"))
    return fp.NetworkSpec(inputs=inputs, layers=layers, head=head, penalty=penalty)


def training() -> fp.TrainingSpec:
    """A training in which nothing is left at its default that a file holds."""
    factors = {
        "bias": fp.RoleFactors(0.5, 0.0),
        "gain": fp.RoleFactors(2.0),
        "share": fp.RoleFactors(learning_rate=0.1),
    }
    return fp.TrainingSpec(
        epochs=6,
        batch_size=8,
        optimizer=fp.OptimizerSpec(
            "adamw", 0.01, {"beta1": 0.8}, weight_decay=0.1, clip_norm=1.0, by_role=factors
        ),
        schedule=(fp.ScheduleSpec("cosine"), fp.ScheduleSpec("exponential", {"decay": 0.9}, clock="epoch")),
        dropout_schedule=fp.ScheduleSpec("flat_cosine"),
        stopping=fp.StoppingSpec(monitor="validation_metric", patience=5, tolerance=1e-3, max_seconds=3600.0),
        batch_mean="batch_weight",
        dtype="float64",
        seed=11,
    )


def own_part() -> fp.NetworkSpec:
    """A network with an activation of the user's."""
    return fp.multilayer(3, [4], 1, "squared", activation="bent")


def by_curvature() -> fp.TrainingSpec:
    """A training by L-BFGS with settings of its own."""
    return fp.TrainingSpec(10, method="lbfgs", lbfgs=fp.LBFGSSpec(evaluations=50))


def table() -> dict:
    """A table of every kind of column, with gaps."""
    n = 60
    return {
        "size": [None if k % 11 == 3 else round(float(np.cos(k) * 30 + 50), 2) for k in range(n)],
        "floor": [("low", "middle", "top", None)[k % 4] for k in range(n)],
        "heated": [bool(k % 3 == 0) for k in range(n)],
        "built": [f"{1 + k % 28:02}.{1 + k % 12:02}.{1990 + k % 20}" for k in range(n)],
        "zip": [f"{10000 + (k % 5) * 7:05}" for k in range(n)],
        "always": [1] * n,
        "weight": [1.0 + k % 3 for k in range(n)],
        "rent": [round(300 + 40 * (k % 4) + float(np.cos(k) * 90), 1) for k in range(n)],
        "kind": [("flat", "house", "room")[(k % 4) % 3] for k in range(n)],
        "cat": [int(k % 4 > 1) for k in range(n)],
        "dog": [int(k % 3 == 0) for k in range(n)],
    }


SCHEMA = {"built": "date:%d.%m.%Y", "zip": "category"}
TARGETS = {
    "regression": ("rent", ("kind", "cat", "dog"), {"weight": "weight"}),
    "classification": ("kind", ("rent", "cat", "dog", "weight"), {"label_smoothing": 0.05}),
    "codes": ("kind", ("rent", "cat", "dog", "weight"), {"max_one_hot": 3, "embedding_dimension": 2}),
    "multilabel": (["cat", "dog"], ("rent", "kind", "weight"), {"task": "multilabel"}),
}
"""Of each model of the table: its target, the columns that it does without, and what else it is told."""


def of_arrays(expected: dict, folder: Path = HERE) -> None:
    """Models that take arrays, and a checkpoint of one that was halted."""
    data = arrays()
    ways = {"validation": data, "engine": "numpy", "metric": "accuracy"}
    model = fp.train(everything(), training(), data, **ways)
    model.save(folder / "arrays.forpass")
    expected["arrays"] = {
        "scores": model.raw_scores(data).tolist(),
        "proba": model.predict_proba(data).tolist(),
        "predict": model.predict(data).tolist(),
        "history": [record.to_json() for record in model.history],
    }

    def stop(event: object) -> bool:
        return type(event).__name__ == "EpochEnded" and event.record.epoch == 3

    checkpoint = {"listener": stop, "checkpoint": folder / "checkpoint.forpass"}
    fp.train(everything(), training(), data, **ways, **checkpoint)

    targets = fp.Data(X, targets=X @ [1.0, -2.0, 0.5])
    fp.register(BENT)
    for name, train in (("lbfgs", by_curvature()), ("own_part", fp.TrainingSpec(5, seed=2))):
        spec = own_part() if name == "own_part" else fp.multilayer(3, [4], 1, "squared", activation="tanh")
        model = fp.train(spec, train, targets)
        model.save(folder / f"{name}.forpass")
        expected[name] = {"predict": model.predict(X).tolist()}


def of_tables(expected: dict, folder: Path = HERE) -> None:
    """Models of a table, and an ensemble of two with preprocessings of their own."""
    models = {}
    for name, (target, others, more) in TARGETS.items():
        columns = {key: value for key, value in table().items() if key not in others}
        model = fp.train_table(columns, target, schema=SCHEMA, epochs=4, hidden=(6,), seed=3, **more)
        models[name] = model
        model.save(folder / f"{name}.forpass")
        expected[name] = answers(model, columns)
        expected[name] |= {"provenance": model.provenance.to_json()}
    ensemble = fp.Ensemble([models["classification"], models["codes"]], weights=[2.0, 1.0])
    ensemble.save(folder / "ensemble.forpass")
    expected["ensemble"] = answers(ensemble, table())


def answers(model: fp.TrainedModel | fp.Ensemble, rows: dict) -> dict:
    """What a model says of some rows."""
    said = {"predict": model.predict(rows).tolist()}
    if model.preprocessing.target.task != "regression":
        said["proba"] = model.predict_proba(rows).tolist()
    return said


def of_files(expected: dict, folder: Path = HERE) -> None:
    """A model of the command, which read a file with decimal commas."""
    text = "area;price;town\n" + "".join(
        f"{30 + k % 17},{k % 10};{1 + k % 3}.{100 + k % 89},{k % 7};{'abc'[k % 3]}\n" for k in range(60)
    )
    (folder / "comma.csv").write_text(text)
    words = {"--target": "price", "--epochs": "3", "--hidden": "6", "--out": "comma.forpass"}
    command(folder, "train", "comma.csv", *[word for pair in words.items() for word in pair])
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.csv"
        command(folder, "predict", "comma.forpass", "comma.csv", "--out", out)
        expected["comma"] = {"predicted": out.read_text()}


def command(folder: Path, *words: str | Path) -> None:
    """Run forpass in a folder."""
    subprocess.run([sys.executable, "-m", "forpass", *words], cwd=folder, check=True)


def main() -> None:
    """Write the files, and what their models answer."""
    warnings.simplefilter("ignore")
    expected: dict = {}
    for part in (of_arrays, of_tables, of_files):
        part(expected)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
