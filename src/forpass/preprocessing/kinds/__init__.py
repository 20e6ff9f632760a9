"""Kinds of column: what each learns from the training rows and what it becomes, one file each.

`KINDS` is the registry of kinds, under the word by which a schema names each. A further kind is a file with
a spec and a record (see `protocol`) and a line below; one that is to be found without being said is also
told from the others in `inference`.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from forpass.errors import TableError, UnknownNameError
from forpass.preprocessing.kinds.boolean import BOOLEAN
from forpass.preprocessing.kinds.category import CATEGORY
from forpass.preprocessing.kinds.date import DATE
from forpass.preprocessing.kinds.dropped import DROP, DroppedColumn, nothing
from forpass.preprocessing.kinds.edges import Bins
from forpass.preprocessing.kinds.inference import date_notation, infer_kind
from forpass.preprocessing.kinds.number import NUMBER
from forpass.preprocessing.kinds.protocol import ColumnKind, ColumnOptions, ColumnSpec, Told
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import levels_of
from forpass.spec.stored import rebuilt

__all__ = [
    "KINDS",
    "PLAINLY",
    "Bins",
    "ColumnKind",
    "ColumnOptions",
    "ColumnSpec",
    "DroppedColumn",
    "column_from_json",
    "column_to_json",
    "date_notation",
    "has_bins",
    "infer_kind",
    "kinds_said",
    "learn_column",
    "left_as_text",
    "require_kind",
    "task_of",
]

PLAINLY = ColumnOptions()
"""Every option at its default."""

KINDS: dict[str, ColumnKind] = {
    "number": NUMBER,
    "category": CATEGORY,
    "boolean": BOOLEAN,
    "date": DATE,
    "drop": DROP,
}
"""What a column can be said to be; a date also with its notation: ``date:%d.%m.%Y``."""


def kinds_said() -> list[str]:
    """Return what a schema can say: the words of KINDS, and of kinds that take an argument an example."""
    return [*KINDS, *(kind.example for kind in KINDS.values() if kind.example)]


def left_as_text(kind: str) -> bool:
    """Whether a column that is said to be of a kind is read from a file as it stands there."""
    record = KINDS.get(kind.partition(":")[0])
    return record is not None and record.as_text


def task_of(kind: str) -> str:
    """Return what a target that is said to be of a kind asks for; "" where it cannot be one."""
    return KINDS[kind.partition(":")[0]].task


def require_kind(name: str, kind: object) -> tuple[str, str]:
    """Return the word of KINDS that a column is said to be and, of a date, its notation.

    Raises
    ------
    UnknownNameError
        For a kind that does not exist.
    TableError
        For an argument that the kind cannot take: a notation that strptime does not know.
    """
    word, colon, argument = kind.partition(":") if isinstance(kind, str) else ("", "", "")
    record = KINDS.get(word)
    if record is None or (colon and (not argument or record.argument_problem is None)):
        raise UnknownNameError(f"kind of the column {name!r}", kind, kinds_said())
    if argument and record.argument_problem is not None and (problem := record.argument_problem(argument)):
        raise TableError(f"the kind {kind!r} of the column {name!r} {problem}")
    return word, argument


def learn_column(
    name: str,
    column: Column,
    *,
    kind: str | None = None,
    options: ColumnOptions = PLAINLY,
    beside: int = 1,
) -> ColumnSpec:
    """Learn how to encode a column.

    Parameters
    ----------
    name : str
    column : Column
        The training rows of the column.
    kind : str, optional
        What the column is: a word of `KINDS`, with an argument of a kind that takes one, as
        ``"date:%d.%m.%Y"``. Inferred from its values when not given.
    options : ColumnOptions, optional
        How columns become features.
    beside : int, default 1
        How many columns of numbers and dates there are, this one among them: they share the bins.

    Returns
    -------
    ColumnSpec
        Of the kind that it is; a `DroppedColumn` where it says nothing.

    Raises
    ------
    TableError
        For infinite numbers, or values that `kind` cannot hold.
    UnknownNameError
        For another `kind`.

    Examples
    --------
    >>> from forpass.preprocessing import read_columns
    >>> column = read_columns({"job": ["cook", "clerk", "cook", "judge"]}).columns["job"]
    >>> learn_column("job", column).features
    ('job=cook', 'job=clerk', 'job=judge')
    >>> learn_column("job", column, options=ColumnOptions(max_one_hot=2)).groups
    (FeatureGroup(name='job', kind='code', width=0, codes=4, unknown=True),)
    """
    word, argument = require_kind(name, kind) if kind is not None else ("", "")
    record = KINDS[word or infer_kind(column)]
    if word != "drop" and record.spec.gaps(column).all():
        return nothing(name, column)
    bins = options.bins.each(beside) if options.bins is not None else 0
    return record.learn(name, column, Told(options, bool(word), argument, bins))


def has_bins(name: str, column: Column, kind: str | None) -> bool:
    """Whether a column is one of those that share the bins: of such a kind, and not all the same."""
    word = require_kind(name, kind)[0] if kind is not None else infer_kind(column)
    if not KINDS[word].in_bins:
        return False
    if column.is_text:
        return len(levels_of(column).words) > 1
    return bool(np.fmin.reduce(column.values) < np.fmax.reduce(column.values))


def column_to_json(spec: ColumnSpec) -> dict[str, Any]:
    """Return plain JSON types: the kind, and those of its own fields that are known."""
    plain: dict[str, Any] = {"kind": spec.kind}
    for field in fields(spec):
        value = getattr(spec, field.name)
        if value is not None:
            plain[field.name] = list(value) if isinstance(value, tuple) else value
    return plain


def column_from_json(plain: Mapping[str, Any]) -> ColumnSpec:
    """Return the column that `column_to_json` wrote."""
    specs = {record.spec.kind: record.spec for record in KINDS.values()}
    return rebuilt(specs[plain["kind"]], {key: value for key, value in plain.items() if key != "kind"})
