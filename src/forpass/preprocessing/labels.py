"""Labels: the classes that a target column holds, and the class number of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.preprocessing.table import Column, Label
from forpass.preprocessing.words import levels_of, plain_value, plain_values, word_of

__all__ = ["class_numbers", "labels_of", "spellings"]


def spellings(column: Column) -> dict[str, list[str]]:
    """Return for each different word of text, without blanks around it, how it is written in these rows."""
    assert column.words is not None
    written: dict[str, list[str]] = {}
    for code in np.unique(column.values).tolist():
        if code >= 0:
            written.setdefault(column.words[code].strip(), []).append(column.words[code])
    return written


def labels_of(column: Column) -> list[Label]:
    """Return the different labels of a column without missing values, sorted, in their own type.

    Text is a label as it stands there, and without the blanks around it where it stands there with several.
    """
    if column.words is not None:
        if column.labels is not None:
            labels = [column.labels[code] for code in np.unique(column.values).tolist() if code >= 0]
            return sorted(map(plain_value, labels))
        return sorted(ways[0] if len(ways) == 1 else word for word, ways in spellings(column).items())
    found = np.unique(column.values)
    if column.kind == "boolean":
        return [bool(v) for v in found.tolist()]
    if column.kind == "integer":
        return [int(v) for v in found.tolist()]
    return [float(v) for v in plain_values(found)]


def class_numbers(name: str, column: Column, classes: tuple[Label, ...]) -> NDArray[np.int64]:
    """Return the class number of each row of a column without missing values.

    A value is of the class that is written with the same word, or equal to it: 1 is "1", and True is 1.
    """
    words, codes = levels_of(column)
    of_word = {word_of(label): i for i, label in enumerate(classes)}
    numbers = np.array([of_word.get(word, -1) for word in words] + [-1], dtype=np.int64)
    unknown = np.flatnonzero(numbers[codes] < 0)
    if len(unknown):
        equal: dict[Any, int] = {label: i for i, label in enumerate(classes)}
        first = np.unique(codes[unknown], return_index=True)[1]
        for row in unknown[np.sort(first)].tolist():
            code = codes[row]
            numbers[code] = equal.get(column.cell(row), -1)
            if numbers[code] < 0:
                known = ", ".join(map(repr, classes[:8])) + (", ..." if len(classes) > 8 else "")
                raise TableError(
                    f"target {name!r} holds {column.cell(row)!r} in {column.row_name(row)}, a class the "
                    f"training rows did not have ({known}); leave such rows out or train with them"
                )
    return np.asarray(numbers[codes])
