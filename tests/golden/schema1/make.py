"""Writes the files of schema 1 in this folder, which every later forpass must read.

They were made once, with the last forpass that wrote schema 1, and cannot be made again; this program
says what they hold. `expected.json` has what the models answered then, `encoded.npz` the arrays that their
preprocessing made of the tables.

    python tests/golden/schema1/make.py
"""

import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import forpass as fp

HERE = Path(__file__).parent

X = np.round(np.sin(np.arange(120.0)).reshape(40, 3) * 2, 3)
CODES = np.stack([np.arange(40) % 4, np.arange(40) % 6], axis=1).astype(np.int32)
Y = (np.arange(40) * 7) % 3


def everything() -> fp.NetworkSpec:
    """A network of all layers, with a penalty and settings of its own."""
    layers = (
        fp.Embedding(2),
        fp.Dense(6, bias=False, weights=fp.Initializer("uniform", {"low": -0.5, "high": 0.5})),
        fp.BatchNorm(momentum=0.2),
        fp.Activation("leaky_relu", {"slope": 0.2}),
        fp.Dropout(0.25),
        fp.Dense(5),
        fp.LayerNorm(),
        fp.Activation("gelu"),
        fp.Dense(3),
    )
    head = fp.Head("softmax_cross_entropy", {"smoothing": 0.1})
    return fp.NetworkSpec(3, layers, head, (4, 6), fp.Penalty(l1=0.001, l2=0.01, kinds=("W", "E")))


def training() -> fp.TrainingSpec:
    """A training in which nothing is left at its default that a file holds."""
    return fp.TrainingSpec(
        epochs=6,
        batch_size=8,
        optimizer=fp.OptimizerSpec(
            "adamw",
            0.01,
            {"beta1": 0.8},
            weight_decay=0.1,
            clip_norm=1.0,
            by_kind={"b": fp.KindFactors(0.5, 0.0), "gamma": fp.KindFactors(2.0)},
        ),
        schedule=(fp.ScheduleSpec("cosine"), fp.ScheduleSpec("exponential", {"decay": 0.9}, clock="epoch")),
        dropout_schedule=fp.ScheduleSpec("flat_cosine"),
        stopping=fp.StoppingSpec(patience=5, tolerance=1e-3),
        batch_mean="batch_weight",
        dtype="float64",
        seed=11,
    )


def table() -> dict:
    """A table of every kind of column, with gaps."""
    n = 60
    i = np.arange(n)
    return {
        "size": [None if k % 11 == 3 else round(float(np.cos(k) * 30 + 50), 2) for k in range(n)],
        "floor": [("low", "middle", "top", None)[k % 4] for k in range(n)],
        "heated": [bool(k % 3 == 0) for k in range(n)],
        "built": [f"{1 + k % 28:02}.{1 + k % 12:02}.{1990 + k % 20}" for k in range(n)],
        "zip": [f"{10000 + (k % 5) * 7:05}" for k in range(n)],
        "always": [1] * n,
        "weight": (1.0 + (i % 3)).tolist(),
        "rent": [round(300 + 40 * (k % 4) + float(np.cos(k) * 90), 1) for k in range(n)],
        "kind": [("flat", "house", "room")[(k % 4) % 3] for k in range(n)],
        "cat": [int(k % 4 > 1) for k in range(n)],
        "dog": [int(k % 3 == 0) for k in range(n)],
    }


def main() -> None:
    """Write the files, and what their models answer."""
    warnings.simplefilter("ignore")
    expected = {}
    data = fp.Data(X, CODES, Y, weights=1.0 + np.arange(40) % 2)
    model = fp.train(everything(), training(), data, validation=data, engine="numpy", metric="accuracy")
    model.save(HERE / "arrays.forpass")
    expected["arrays"] = {
        "scores": model.raw_scores(data).tolist(),
        "proba": model.predict_proba(data).tolist(),
        "predict": model.predict(data).tolist(),
        "training_loss": [r["training_loss"] for r in model.history],
        "validation_loss": [r["validation_loss"] for r in model.history],
    }
    plain = fp.multilayer(3, [4], 1, "squared", activation="tanh")
    lbfgs = fp.TrainingSpec(epochs=10, optimizer=fp.OptimizerSpec("lbfgs", settings={"evaluations": 50}))
    values = fp.train(plain, lbfgs, fp.Data(X, targets=X @ [1.0, -2.0, 0.5]))
    values.save(HERE / "lbfgs.forpass")
    expected["lbfgs"] = {"predict": values.predict(X).tolist()}

    for name, target, others, more in (
        ("regression", "rent", ("kind", "cat", "dog"), {"weight": "weight"}),
        ("classification", "kind", ("rent", "cat", "dog", "weight"), {}),
        ("multilabel", ["cat", "dog"], ("rent", "kind", "weight"), {"task": "multilabel"}),
    ):
        columns = {key: value for key, value in table().items() if key not in others}
        schema = {"built": "date:%d.%m.%Y", "zip": "category"}
        model = fp.train_table(columns, target, schema=schema, epochs=4, hidden=(6,), seed=3, **more)
        model.save(HERE / f"{name}.forpass")
        expected[name] = {
            "predict": model.predict(columns).tolist(),
            "evaluation": model.provenance["evaluation"],
            "rows": model.provenance["rows"],
        }
        if name != "regression":
            expected[name]["proba"] = model.predict_proba(columns).tolist()

    with tempfile.TemporaryDirectory() as folder:
        text = "area;price;town\n" + "".join(
            f"{30 + k % 17},{k % 10};{1 + k % 3}.{100 + k % 89},{k % 7};{'abc'[k % 3]}\n" for k in range(60)
        )
        (Path(folder) / "comma.csv").write_text(text)
        subprocess.run(
            [sys.executable, "-m", "forpass", "train", "comma.csv", "--target", "price", "--epochs", "3"],
            cwd=folder,
            check=True,
        )
        (HERE / "comma.forpass").write_bytes((Path(folder) / "comma.forpass").read_bytes())
        (HERE / "comma.csv").write_text(text)
        subprocess.run(
            [sys.executable, "-m", "forpass", "predict", "comma.forpass", "comma.csv", "--out", "out.csv"],
            cwd=folder,
            check=True,
        )
        expected["comma"] = {"predicted": (Path(folder) / "out.csv").read_text()}

    def stop(event: object) -> bool:
        return type(event).__name__ == "EpochEnded" and event.record["epoch"] == 3

    halted = {"validation": data, "listener": stop, "checkpoint": HERE / "checkpoint.forpass"}
    fp.train(everything(), training(), data, engine="numpy", **halted)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    encoded()


def encoded() -> None:
    """Write what the preprocessing of each file that has one makes of its table."""
    arrays = {}
    for name in ("regression", "classification", "multilabel", "comma"):
        model = fp.load(HERE / f"{name}.forpass")
        rows = fp.read_table(HERE / "comma.csv", decimal_comma=True) if name == "comma" else table()
        data = model.preprocessing.encode(rows, with_targets=True)
        arrays |= {f"{name}.numbers": data.numbers, f"{name}.targets": data.targets}
        if data.weights is not None:
            arrays[f"{name}.weights"] = data.weights
    np.savez_compressed(HERE / "encoded.npz", **arrays)


if __name__ == "__main__":
    main()
