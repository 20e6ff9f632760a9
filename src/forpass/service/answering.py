"""What a service asks its model: answers to records, and what is wrong with those that have none.

One record by itself goes the way of a single row, which takes some microseconds; many go as a table, where
every cell is of its column's plain type (`forpass.service.columns`). Both come to the same bits, so that what
a record means depends on no other.
"""

from __future__ import annotations

import copy
import csv
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.datasets import read_table_file
from forpass.datasets.looks import look_of
from forpass.errors import ForpassWarning, InputError, TableError
from forpass.model import Ensemble, TrainedModel
from forpass.model.digits import as_exact_as, shortest
from forpass.model.encoded import Encoded, one_below_the_other
from forpass.model.intervals import Intervals, Sets
from forpass.names import nearest_names
from forpass.preprocessing import Preprocessing, TargetSpec
from forpass.preprocessing.words import plain_value, word_of
from forpass.service.columns import plain_types
from forpass.serving.columns import Column, columns_of
from forpass.spec.data import Data

__all__ = ["MOST_FAULTS", "Answering", "Answers", "Fault", "as_csv", "notes_heard", "notes_kept"]

AS_A_TABLE = 16
"""From so many records on a table is faster than one row after the other: some 0.3 ms against 0.02 a row."""

MOST_FAULTS, MOST_NOTES = 20, 10
"""So many are told; a client that reads them mends its program, not its records."""

ALONE = " in row 1 (rows counted from 1)"
"""What messages say of the cell of a record that was looked at alone."""

Record = Mapping[str, Any]
Model = TrainedModel | Ensemble
Answers = list[dict[str, Any]]


class Fault(NamedTuple):
    """What is wrong with a record: its number, counted from 0, and a sentence with the remedy."""

    record: int
    detail: str


class Body(io.BytesIO):
    """The body of a request, as a file that messages call so."""

    name = "the body"


class Answering:
    """A model as the service asks it.

    Its network works for one caller at a time, and others wait; `twin` is another, with the same numbers.

    Parameters
    ----------
    model : TrainedModel or Ensemble
        One that takes tables.

    Raises
    ------
    TableError
        For a model that takes arrays.

    Examples
    --------
    >>> import forpass as fp
    >>> table = {"size": [1.0, 2.0, 3.0, 4.0] * 30, "fit": ["no", "no", "yes", "yes", "yes"] * 24}
    >>> model = fp.train_table(table, "fit", preset="plain", epochs=20, test=0)
    >>> answering = Answering(model)
    >>> answering.answers([{"size": 4.0}])[0]["label"]
    'yes'
    >>> answering.faults([{"size": 4.0}, {"size": "large"}, {"length": 1}])
    [Fault(record=1, detail="column 'size' holds 'large', where a number is meant, ...
    """

    def __init__(self, model: Model) -> None:
        own = model.preprocessings if isinstance(model, Ensemble) else (model.preprocessing,)
        self._preprocessings = tuple(one for one in own if isinstance(one, Preprocessing))
        target = self._preprocessings[0].target if self._preprocessings else None
        if target is None:
            raise TableError("the model was trained on arrays and takes no records; use it from Python")
        self.model, self.target = model, target
        self.columns: tuple[Column, ...] = columns_of(self._preprocessings)
        self._names = tuple(column.name for column in self.columns)
        self._plain = {column.name: plain_types(column) for column in self.columns}
        self.labels = [plain_value(label) for label in target.classes]
        self.words = [word_of(label) for label in target.classes]

    def twin(self) -> Answering:
        """Return another of the same model, for another thread."""
        model = self.model
        if isinstance(model, TrainedModel):
            return Answering(copy.copy(model))
        return Answering(model.with_members([copy.copy(member) for member in model.members]))

    @property
    def example(self) -> dict[str, Any]:
        """A record that the model takes."""
        return {column.name: column.example for column in self.columns}

    @property
    def covers(self) -> bool:
        """Whether the model knows how far off it is: ``coverage`` may be asked for."""
        return isinstance(self.model, Ensemble) and self.model.intervals is not None

    def answers(self, records: Sequence[Record], coverage: float | None = None) -> Answers:
        """Return an answer to each record, as plain JSON values.

        Parameters
        ----------
        records : sequence of dict
            Each with a cell for each column; None for a gap. Further cells do not matter.
        coverage : float, optional
            Also intervals of values, or sets of classes, that hold the truth so often.

        Returns
        -------
        list of dict
            Of classes ``label`` and ``probabilities``; of several labels ``labels`` and ``probabilities``; of
            a value ``value``, of several ``values``. With `coverage` also ``set``, or ``interval`` or
            ``intervals``.

        Raises
        ------
        InputError
            When a record cannot be answered: see `faults`.
        """
        return self.answers_to(self.encoded(records), coverage) if records else []

    def encoded(self, records: Sequence[Record]) -> Data | Encoded:
        """Return records as the model's arrays, which `answers_to` takes; see `answers`."""
        names = self._names
        try:
            rows = [{name: record[name] for name in names} for record in records]
        except KeyError as error:
            raise TableError(f"a record lacks the column {error.args[0]!r}; add it") from None
        whole = len(rows) >= AS_A_TABLE and self._is_plain(rows)
        parts = [
            one.encode(rows)
            if whole or len(rows) == 1
            else one_below_the_other([one.encode([row]) for row in rows])
            for one in self._preprocessings
        ]
        return self._together(parts)

    def joined(self, several: Sequence[Data | Encoded]) -> Data | Encoded:
        """Return what `encoded` made of the records of several requests, one upon another."""
        if len(several) == 1:
            return several[0]
        parts = zip(*(one.parts if isinstance(one, Encoded) else (one,) for one in several), strict=True)
        return self._together([one_below_the_other(part) for part in parts])

    def _together(self, parts: Sequence[Data]) -> Data | Encoded:
        if len(parts) == 1:
            return parts[0]
        assert isinstance(self.model, Ensemble)
        return Encoded(tuple(parts), self.model.digests)

    def answers_to(self, encoded: Data | Encoded, coverage: float | None = None) -> Answers:
        """Return an answer to each of the records that were encoded; see `answers`."""
        scores = self.model.scores(encoded)
        if self.target.task == "regression":
            answers = self._values(np.asarray(self.model.decode(scores.decisions)), scores.raw.dtype)
        else:
            answers = self._decided(scores.decisions, shortest(scores.probabilities).tolist())
        if coverage is not None:
            self._add_coverage(answers, encoded, coverage)
        return answers

    def faults(self, records: Sequence[Record]) -> list[Fault]:
        """Look at each record by itself, and say what is wrong with the first that have no answer."""
        found = []
        for number, record in enumerate(records):
            detail = self._fault(record)
            if detail:
                found.append(Fault(number, detail))
                if len(found) == MOST_FAULTS:
                    break
        return found

    def records_of(self, text: bytes, charset: str = "") -> list[dict[str, Any]]:
        """Read the text of a CSV file, as files are read that the command predicts; it may have no rows.

        Parameters
        ----------
        text : bytes
        charset : str
            How it is encoded; "" where that is to be found out.

        Raises
        ------
        TableError
            For what is no such text.
        """
        if charset:
            text = _in_utf8(text, charset)
        look = look_of(text)
        if look is not None:
            raise TableError(f"the body looks like {look.what}, not like separated text; send it as CSV")
        readings = [one.reading for one in self._preprocessings]
        as_text = {name for reading in readings for name in reading.text_columns}
        missing = next((reading.missing for reading in readings if reading.missing is not None), None)
        commas = any(reading.decimal_comma for reading in readings)
        frame, _ = read_table_file(Body(text), as_text, commas, len(text) + 1, missing, empty=True)
        if lacking := [name for name in self._names if name not in frame.columns]:
            raise TableError(_lacks(lacking, frame.columns))
        rows: list[dict[str, Any]] = frame.select(self._names).to_dicts()
        return rows

    def _is_plain(self, rows: list[dict[str, Any]]) -> bool:
        return all({type(row[name]) for row in rows} <= plain for name, plain in self._plain.items())

    def _fault(self, record: Record) -> str:
        """Say what is wrong with a record; "" for nothing."""
        if lacking := [name for name in self._names if name not in record]:
            return _lacks(lacking, list(record))
        row = {name: record[name] for name in self._names}
        try:
            for one in self._preprocessings:
                one.encode([row])
        except InputError as error:
            return str(error).replace(ALONE, "")
        return ""

    def _decided(self, decisions: NDArray[Any], P: list[list[float]]) -> list[dict[str, Any]]:
        """Return labels with their probabilities."""
        if self.target.task == "multilabel":
            names = self.target.names
            return [
                {
                    "labels": dict(zip(names, label, strict=True)),
                    "probabilities": dict(zip(names, p, strict=True)),
                }
                for label, p in zip(decisions.tolist(), P, strict=True)
            ]
        labels, words = self.labels, self.words
        return [
            {"label": labels[number], "probabilities": dict(zip(words, p, strict=True))}
            for number, p in zip(decisions.ravel().tolist(), P, strict=True)
        ]

    def _values(self, values: NDArray[Any], dtype: Any) -> list[dict[str, Any]]:
        """Return values with the digits that they have by their arithmetic."""
        columns = values[:, None] if values.ndim == 1 else values
        names = self.target.names
        sized = zip(columns.T, self.target.unit.sizes(columns).T, strict=True)
        rows = np.stack([as_exact_as(*both, dtype) for both in sized], axis=1).tolist()
        if len(names) == 1:
            return [{"value": row[0]} for row in rows]
        return [{"values": dict(zip(names, row, strict=True))} for row in rows]

    def _add_coverage(self, answers: list[dict[str, Any]], encoded: Data | Encoded, coverage: float) -> None:
        """Add intervals of values, or sets of classes, to answers."""
        model, names = self.model, self.target.names
        assert isinstance(model, Ensemble)
        if isinstance(model.intervals, Sets):
            for answer, labels in zip(answers, model.predict_set(encoded, coverage), strict=True):
                answer["set"] = [plain_value(label) for label in labels]
            return
        assert isinstance(model.intervals, Intervals)
        ends = model.predict_interval(encoded, coverage)
        for answer, those in zip(answers, ends.reshape(len(ends), -1, 2).tolist(), strict=True):
            if len(names) == 1:
                answer["interval"] = those[0]
            else:
                answer["intervals"] = dict(zip(names, those, strict=True))


def _in_utf8(text: bytes, charset: str) -> bytes:
    """Return text of another encoding in UTF-8."""
    try:
        return text.decode(charset).encode()
    except UnicodeError as error:
        at = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        raise TableError(
            f"the body is not {charset}{at}, as the header Content-Type says; send UTF-8"
        ) from None


def _lacks(lacking: Sequence[str], given: Sequence[str]) -> str:
    """Name columns that are not there, each with the name nearest to it."""
    shown = []
    for name in lacking[:8]:
        near = nearest_names(name, [other for other in given[:1000] if other != name], limit=1)
        shown.append(repr(name) + (f" (perhaps {near[0]!r})" if near else ""))
    more = f" and {len(lacking) - 8} more" if len(lacking) > 8 else ""
    return f"lacks the columns {', '.join(shown)}{more}; add them, with null where a value is not known"


def as_csv(answers: Sequence[Mapping[str, Any]], target: TargetSpec) -> str:
    """Write answers as the table that ``forpass predict --proba`` writes."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    rows = [_flat(answer, target) for answer in answers]
    writer.writerow(rows[0] if rows else [])
    writer.writerows(row.values() for row in rows)
    return file.getvalue()


def _flat(answer: Mapping[str, Any], target: TargetSpec) -> dict[str, Any]:
    """Return the cells of an answer by the names of their columns."""
    row: dict[str, Any] = {}
    if "label" in answer:
        row["prediction" if target.one_hot else target.names[0]] = word_of(answer["label"])
    elif "value" in answer:
        row[target.names[0]] = answer["value"]
    row |= answer.get("labels", {}) | answer.get("values", {})
    row |= {f"probability of {word}": p for word, p in answer.get("probabilities", {}).items()}
    intervals = answer.get("intervals", {})
    if "interval" in answer:
        intervals = {target.names[0]: answer["interval"]}
    row |= {
        f"{name} {end}": x
        for name, ends in intervals.items()
        for end, x in zip(("low", "high"), ends, strict=True)
    }
    if "set" in answer:
        row["classes"] = " | ".join(map(word_of, answer["set"]))
    return row


_NOTES: ContextVar[list[str] | None] = ContextVar("notes of a request", default=None)


@contextmanager
def notes_heard() -> Iterator[None]:
    """In the whole process, keep what forpass warns of for the request that is answered."""

    def heard(message: Warning | str, *_: Any) -> None:
        notes = _NOTES.get()
        if notes is not None and len(notes) < MOST_NOTES and str(message) not in notes:
            notes.append(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", ForpassWarning)
        warnings.showwarning = heard  # type: ignore[assignment] # it takes the rest by position
        yield


@contextmanager
def notes_kept() -> Iterator[list[str]]:
    """Give the list into which notes of this context go; see `notes_heard`."""
    notes: list[str] = []
    before = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(before)
