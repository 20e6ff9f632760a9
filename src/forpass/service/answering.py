"""What a service asks its model: answers to records, and what is wrong with those that have none.

What a record means depends on no other: see `forpass.serving.records`.
"""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from forpass.datasets import read_table_file
from forpass.datasets.looks import look_of
from forpass.errors import TableError
from forpass.model import Ensemble, TrainedModel
from forpass.model.answer_columns import answer_columns, exact_values, rows_of_text
from forpass.model.digits import shortest
from forpass.model.encoded import Encoded
from forpass.model.intervals import Intervals, Sets
from forpass.model.scores import gives_probabilities
from forpass.preprocessing import Preprocessing
from forpass.preprocessing.words import plain_value, word_of
from forpass.serving.answering import answers_of
from forpass.serving.records import Record, Records, require_names
from forpass.spec.data import Data

__all__ = ["MOST_FAULTS", "Answering", "Answers", "Fault"]

MOST_FAULTS = 20
"""So many are told; a client that reads them mends its program, not its records."""

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
        self._records = Records(self._preprocessings, model.encode)
        self.columns = self._records.columns
        head = model.head if isinstance(model, Ensemble) else model.spec.head
        self.gives_probabilities = gives_probabilities(head)
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
        return self.model.intervals is not None

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
        return self._records.encoded(records)

    def answers_to(self, encoded: Data | Encoded, coverage: float | None = None) -> Answers:
        """Return an answer to each of the records that were encoded; see `answers`."""
        scores, target = self.model.scores(encoded), self.target
        if target.task == "regression":
            values = np.asarray(self.model.decode(scores.decisions))
            given = exact_values(target, values, scores.raw.dtype).tolist()
            given = [row[0] for row in given] if len(target.names) == 1 else given
        elif target.task == "multilabel":
            given = scores.decisions.tolist()
        else:
            given = scores.decisions.ravel().tolist()
        P = shortest(scores.probabilities).tolist() if self.gives_probabilities else None
        answers = answers_of(target.task, given, P, target.names, self.labels, self.words)
        if coverage is not None:
            self._add_coverage(answers, encoded, coverage)
        return answers

    def table(self, encoded: Data | Encoded | None, coverage: float | None = None) -> str:
        """Return answers as the CSV that ``forpass predict --proba`` writes; of no records its header."""
        given = self.encoded([self.example]) if encoded is None else encoded
        columns = answer_columns(self.model, self.target, given, self.gives_probabilities, coverage)
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        if encoded is not None:
            writer.writerows(rows_of_text(columns))
        return file.getvalue()

    def faults(self, records: Sequence[Record]) -> list[Fault]:
        """Look at each record by itself, and say what is wrong with the first that have no answer."""
        return [Fault(*one) for one in self._records.faults(records, MOST_FAULTS).items()]

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
        names = [column.name for column in self.columns]
        require_names("the table", names, frame.columns, "with empty cells")
        rows: list[dict[str, Any]] = frame.select(names).to_dicts()
        return rows

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
            f"the body cannot be read as {charset}{at}, which the header Content-Type names; send UTF-8"
        ) from None
