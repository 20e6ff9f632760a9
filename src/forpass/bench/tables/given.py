"""The tables that systems are compared on, and how their rows are dealt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DEVELOPED_ON", "MOST_ROWS", "Dealt", "Table", "dealt", "listed"]

DEVELOPED_ON = (
    "abalone",
    "adult",
    "bike_sharing",
    "california_housing",
    "concrete",
    "credit_g",
    "diamonds",
    "htru2",
    "letter",
    "steel",
    "wine_quality",
)
"""Names of the public tables by which the numbers of forpass's recipes were chosen."""

LIST = "tables.json"
TEST_SHARE = 0.25
MOST_ROWS = 10_000
"""Rows to learn from, at most, where nothing else is asked for."""
TASKS = {"classification": True, "regression": False}


class Table(NamedTuple):
    """A table that is learnt: a CSV file, one column of which is the target."""

    name: str
    path: Path
    target: str
    classes: bool


class Dealt(NamedTuple):
    """Rows to learn from and rows to be tested on; targets are class numbers 0, 1, ... or values."""

    X: pd.DataFrame
    y: NDArray[Any]
    X_test: pd.DataFrame
    y_test: NDArray[Any]


def listed(folder: Path) -> list[Table]:
    """Return the tables that ``tables.json`` in a folder lists.

    For each name it holds the ``file`` (CSV), the name of the column that is the ``target``, and the
    ``task``, "classification" or "regression".

    Raises
    ------
    InputError
        When the list is not there, or an entry has no such file, target or task.
    """
    try:
        entries = json.loads((folder / LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / LIST} cannot be read: {error}") from None
    if not isinstance(entries, dict) or not entries:
        raise InputError(f"{folder / LIST} lists no tables; give an object with an entry for each table")
    return [_table(folder, name, entry) for name, entry in entries.items()]


def _table(folder: Path, name: str, entry: Any) -> Table:
    """Return a table as its entry in the list says."""
    place = f'the entry "{name}" of {folder / LIST}'
    if not isinstance(entry, Mapping):
        raise InputError(f"{place} is no object")
    for key in ("file", "target", "task"):
        if not isinstance(entry.get(key), str):
            raise InputError(f'{place} has no text under "{key}"')
    if entry["task"] not in TASKS:
        raise InputError(f'{place} has the task "{entry["task"]}"; there are {" and ".join(TASKS)}')
    path = folder / entry["file"]
    if not path.is_file():
        raise InputError(f"{place} names the file {path}, which is not there")
    return Table(name, path, entry["target"], TASKS[entry["task"]])


def dealt(table: Table, division: int, most_rows: int = MOST_ROWS) -> Dealt:
    """Deal the rows of a table: a quarter for the test, of the others at most `most_rows`.

    scikit-learn's `train_test_split` with the division's number as random state, stratified by class; so
    whoever compares with other figures can have the same rows.
    """
    import pandas as pd
    from sklearn.model_selection import train_test_split

    X = pd.read_csv(table.path)
    if table.target not in X.columns:
        raise InputError(f'{table.path} has no column "{table.target}"; it has {", ".join(X.columns)}')
    target = X.pop(table.target)
    if target.isna().any():
        raise InputError(f'{table.path} has rows without a value of the target "{table.target}"')
    y = np.unique(target.astype(str), return_inverse=True)[1] if table.classes else target.to_numpy(float)
    train, test = train_test_split(
        np.arange(len(X)),
        test_size=TEST_SHARE,
        random_state=division,
        stratify=y if table.classes else None,
    )
    train = train[:most_rows]
    parts = (X.iloc[rows].reset_index(drop=True) for rows in (train, test))
    X_train, X_test = parts
    return Dealt(X_train, y[train], X_test, y[test])
