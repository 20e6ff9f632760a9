"""What is done every day around the steps of a network: each task, and how everybody is made to do it.

A task prepares what it needs, then hands out who does it how. Peers do the same work as their guides show it:
scikit-learn by a pipeline of a ColumnTransformer and an MLPClassifier, polars and pandas by `read_csv`.
"""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.bench.cases import TABLE, Recipe, examples
from forpass.bench.contenders import make
from forpass.bench.timing import Work
from forpass.engines.threads import processors

__all__ = ["OURS", "STEPS", "TASKS", "Task"]

OURS, PEER = "forpass", "scikit-learn"
STEPS = "forpass, steps alone"
"""Who does the steps alone of what `forpass` does: they are taken off."""

Prepare = Callable[[Path], AbstractContextManager[dict[str, Work]]]


class Task(NamedTuple):
    """Something that is done every day.

    Attributes
    ----------
    group : str
        Under which heading it is shown.
    what, goal : str
        In words.
    prepare : callable
        Given a folder for files, a context in which the work can be done: by the name of who does it.
    """

    group: str
    what: str
    goal: str
    prepare: Prepare


def _by(**works: Callable[[], object]) -> dict[str, Work]:
    """Let everybody repeat what they do, with all threads."""
    names = {"ours": OURS, "peer": PEER, "steps": STEPS}
    return {names.get(name, name): Work(_repeated(do), processors()) for name, do in works.items()}


def _repeated(do: Callable[[], object]) -> Callable[[int], None]:
    def times(count: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of one epoch everybody says that it is too little
            for _ in range(count):
                do()

    return times


def _noise(rows: int, columns: int, classes: int = 2) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Features, and classes that have something to do with them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns))
    scores = X @ rng.standard_normal((columns, classes)) + rng.standard_normal((rows, classes))
    return X, scores.argmax(axis=1)


def _frame(rows: int) -> tuple[Any, Any]:
    """A pandas frame of 50 columns, 45 of numbers and 5 of words, and two classes in words."""
    import pandas as pd

    X, y = _noise(rows, 45)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(X, columns=[f"n{j}" for j in range(45)])
    for j in range(5):
        frame[f"w{j}"] = rng.choice([f"word{k}" for k in range(8)], rows)
    return frame, pd.Series(np.where(y == 1, "yes", "no"))


def _columns() -> Any:
    """What scikit-learn makes of such a frame."""
    from sklearn.compose import ColumnTransformer, make_column_selector
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    return ColumnTransformer(
        [
            ("numbers", StandardScaler(), make_column_selector(dtype_include="number")),
            ("words", OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
        ]
    )


# -- fitting ---------------------------------------------------------------------------------------
@contextmanager
def _fit(folder: Path, rows: int, columns: int, hidden: int) -> Iterator[dict[str, Work]]:
    from sklearn.neural_network import MLPClassifier

    import forpass as fp

    X, y = _noise(rows, columns)
    y[:2] = 0, 1
    both = {"hidden_layer_sizes": (hidden,), "max_iter": 1, "random_state": 0}
    yield _by(ours=lambda: fp.MLPClassifier(**both).fit(X, y), peer=lambda: MLPClassifier(**both).fit(X, y))


@contextmanager
def _partial_fit(folder: Path) -> Iterator[dict[str, Work]]:
    from sklearn.neural_network import MLPClassifier

    import forpass as fp

    X, y = _noise(32, 20)
    ours, peer = (kind((32,), random_state=0) for kind in (fp.MLPClassifier, MLPClassifier))
    for network in (ours, peer):
        network.partial_fit(X, y, classes=[0, 1])
    yield _by(ours=lambda: ours.partial_fit(X, y), peer=lambda: peer.partial_fit(X, y))


@contextmanager
def _table_fit(folder: Path) -> Iterator[dict[str, Work]]:
    """All that a fit of a table does beside its steps; scikit-learn encodes the frame and splits the rows."""
    from sklearn.model_selection import train_test_split

    import forpass as fp

    frame, y = _frame(10_000)
    classifier = fp.TableClassifier((32,), max_iter=1, random_state=0).fit(frame, y)
    model = classifier.model_
    data = model.preprocessing.encode(
        frame.assign(**{model.preprocessing.target.names[0]: y}), with_targets=True
    )
    validation, training = data.rows(slice(0, 1000)), data.rows(slice(1000, None))

    def encode() -> None:
        parts = train_test_split(frame, y, test_size=0.1, random_state=0, stratify=y)
        columns = _columns().fit(parts[0])
        columns.transform(parts[0]), columns.transform(parts[1])

    yield _by(
        ours=lambda: fp.TableClassifier((32,), max_iter=1, random_state=0).fit(frame, y),
        steps=lambda: fp.train(model.spec, model.training, training, validation=validation),
        peer=encode,
    )


@contextmanager
def _linear(folder: Path) -> Iterator[dict[str, Work]]:
    """Ten numbers and 44 indicators, as of the forest covers; classes of very unequal size."""
    from sklearn.linear_model import LogisticRegression

    from forpass.spec.data import Data
    from forpass.spec.network import Head
    from forpass.training.linear import fit_linear

    rng = np.random.default_rng(0)
    numbers = rng.standard_normal((10_000, 10)) @ rng.standard_normal((10, 10)) / 3.0
    soils = np.eye(40)[np.minimum(rng.geometric(0.1, 10_000), 40) - 1]
    X = np.hstack([numbers, np.eye(4)[rng.integers(0, 4, 10_000)], soils])
    scores = np.tanh(X @ rng.standard_normal((54, 20))) @ rng.standard_normal((20, 7)) + np.linspace(3, -3, 7)
    y = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    data = Data(X.astype(np.float32), targets=y)
    training, validation = data.rows(slice(0, 9000)), data.rows(slice(9000, None))
    yield _by(
        ours=lambda: fit_linear(Head("softmax_cross_entropy"), 7, training, validation),
        peer=lambda: LogisticRegression(max_iter=300).fit(X, y),
    )


# -- a single row ----------------------------------------------------------------------------------
@contextmanager
def _predict_frame(folder: Path, as_dict: bool) -> Iterator[dict[str, Work]]:
    import pandas as pd
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline

    import forpass as fp

    frame, y = _frame(2000)
    ours = fp.TableClassifier((32,), max_iter=1, random_state=0).fit(frame, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = make_pipeline(_columns(), MLPClassifier((32,), max_iter=1, random_state=0)).fit(frame, y)
    rows = [frame.iloc[[i]] for i in range(500)]
    dicts = [row.to_dict("list") for row in rows]
    next_row, next_dict = itertools.cycle(rows).__next__, itertools.cycle(dicts).__next__
    if as_dict:
        yield _by(
            ours=lambda: ours.predict(next_dict()), peer=lambda: peer.predict(pd.DataFrame(next_dict()))
        )
    else:
        yield _by(ours=lambda: ours.predict(next_row()), peer=lambda: peer.predict(next_row()))


@contextmanager
def _predict_array(folder: Path) -> Iterator[dict[str, Work]]:
    from sklearn.neural_network import MLPClassifier

    import forpass as fp

    X, y = _noise(500, 50)
    both = {"hidden_layer_sizes": (32,), "max_iter": 1, "random_state": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, peer = (kind(**both).fit(X, y) for kind in (fp.MLPClassifier, MLPClassifier))
    next_row = itertools.cycle(np.split(X, len(X))).__next__
    yield _by(ours=lambda: ours.predict(next_row()), peer=lambda: peer.predict(next_row()))


# -- whole processes -------------------------------------------------------------------------------
SCIKIT_LEARN_TRAINS = """
import joblib, pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
table = pd.read_csv("small.csv")
X, X_test, y, y_test = train_test_split(table.drop(columns="y"), table["y"], test_size=0.2, random_state=0)
for kind in (DummyClassifier(), LogisticRegression(), MLPClassifier((64,), max_iter=100)):
    model = make_pipeline(StandardScaler(), kind).fit(X, y)
    print(model.score(X_test, y_test))
joblib.dump(model, "small.joblib")
"""
SCIKIT_LEARN_PREDICTS = """
import joblib, pandas as pd
print(joblib.load("small.joblib").predict(pd.DataFrame({"n0": [1.0], "n1": [2.0], "n2": [0.0], "n3": [0.5]})))
"""
FORPASS_PREDICTS = """
import forpass as fp
print(fp.load("small.forpass").predict({"n0": [1.0], "n1": [2.0], "n2": [0.0], "n3": [0.5]}))
"""


@contextmanager
def _commands(folder: Path, serving: bool) -> Iterator[dict[str, Work]]:
    X, y = _noise(40, 4)
    lines = [
        f"{','.join(f'{x:.3f}' for x in row)},{'yes' if k else 'no'}" for row, k in zip(X, y, strict=True)
    ]
    (folder / "small.csv").write_text("\n".join(["n0,n1,n2,n3,y", *lines]) + "\n", encoding="utf-8")
    model = folder / "small.forpass"
    # compiled once, as what is installed is: whatever this environment says of bytecode
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    surroundings["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")

    def run(*words: str) -> None:
        subprocess.run(
            [sys.executable, *words], cwd=folder, env=surroundings, check=True, capture_output=True
        )

    def train() -> None:
        model.unlink(missing_ok=True)
        run("-m", "forpass", "train", "small.csv", "--target", "y")

    if not serving:
        yield _by(ours=train, peer=lambda: run("-c", SCIKIT_LEARN_TRAINS))
        return
    train()
    run("-c", SCIKIT_LEARN_TRAINS)
    yield _by(ours=lambda: run("-c", FORPASS_PREDICTS), peer=lambda: run("-c", SCIKIT_LEARN_PREDICTS))


# -- reading ---------------------------------------------------------------------------------------
@contextmanager
def _read(folder: Path, rows: int, columns: int) -> Iterator[dict[str, Work]]:
    """A table of which a fifth of the columns are words, a fifth whole numbers, and the others decimals."""
    import pandas as pd
    import polars as pl

    import forpass as fp

    path, rng = folder / f"{rows}x{columns}.csv", np.random.default_rng(0)
    makers: tuple[Callable[[], Any], ...] = (
        lambda: [f"word{k}" for k in rng.integers(0, 20, rows)],
        lambda: rng.integers(0, 1000, rows),
        *(lambda: rng.standard_normal(rows).round(4),) * 3,
    )
    pl.DataFrame({f"c{j}": makers[j % 5]() for j in range(columns)}).write_csv(path)
    yield _by(
        ours=lambda: fp.read_table(path), polars=lambda: pl.read_csv(path), pandas=lambda: pd.read_csv(path)
    )
    path.unlink()


# -- where others are at work too ------------------------------------------------------------------
@contextmanager
def _busy(folder: Path) -> Iterator[dict[str, Work]]:
    """Every core has another process that never rests."""
    recipe = Recipe("gradient_descent", 1e-3)
    fits = {name: make(name, TABLE, recipe, *examples(TABLE)).fit for name in (OURS, PEER)}
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processors())]
    try:
        yield {
            OURS: Work(fits[OURS], processors()),
            f"{OURS}, 1 thread": Work(fits[OURS], 1),
            PEER: Work(fits[PEER], processors()),
            f"{PEER}, 1 thread": Work(fits[PEER], 1),
        }
    finally:
        for other in others:
            other.kill()
            other.wait()


TASKS = (
    Task(
        "Fitting",
        "a fit of nothing: 2 rows of 1 feature, 1 neuron, 1 epoch",
        "",
        functools.partial(_fit, rows=2, columns=1, hidden=1),
    ),
    Task(
        "Fitting",
        "`MLPClassifier((32,)).fit`, 100 x 4, 1 epoch",
        "0.25x",
        functools.partial(_fit, rows=100, columns=4, hidden=32),
    ),
    Task("Fitting", "`partial_fit`, 32 rows of 20 features", "0.5x", _partial_fit),
    Task(
        "Fitting",
        "`TableClassifier.fit` but for its steps, DataFrame 10,000 x 50; of scikit-learn encoding alone",
        "20 ms",
        _table_fit,
    ),
    Task("Fitting", "linear baseline, 10,000 x 54, 7 classes", "1 s", _linear),
    Task(
        "One row",
        "predict a pandas row of 50 columns",
        "0.5 ms",
        functools.partial(_predict_frame, as_dict=False),
    ),
    Task(
        "One row", "predict a dict of 50 columns", "0.1 ms", functools.partial(_predict_frame, as_dict=True)
    ),
    Task("One row", "predict a NumPy row of 50 features", "0.02 ms, 0.3x", _predict_array),
    Task(
        "Whole processes",
        "`forpass train` on 40 rows; of scikit-learn a script that does the same",
        "1 s",
        functools.partial(_commands, serving=False),
    ),
    Task(
        "Whole processes",
        "import, load a model, predict one row",
        "0.4 s",
        functools.partial(_commands, serving=True),
    ),
    Task("Reading", "CSV, 800 x 3,000", "1.5x", functools.partial(_read, rows=800, columns=3000)),
    Task("Reading", "CSV, 1,000,000 x 20", "1.5x", functools.partial(_read, rows=1_000_000, columns=20)),
    Task(
        "On a busy machine",
        f"an epoch of {TABLE.described()}, every core at work for others",
        "1.1x of 1 thread",
        _busy,
    ),
)
