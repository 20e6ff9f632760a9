"""What becomes of a mutant: it is refused by name, or what it says is used in every way."""

from __future__ import annotations

import contextlib
import traceback
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import forpass as fp
from forpass import serving
from forpass.bench.mutants.bases import CHECKPOINT, MODELS, TABLE, Bases, arrays, resumed
from forpass.bench.mutants.bounds import LEARNING_SECONDS
from forpass.bench.mutants.cases import Case
from forpass.model import Ensemble, TrainedModel

__all__ = ["FAULTS", "FINE", "Judge"]

FINE = "refused", "unchanged", "usable"
"""Refused by a named error; read, as the good file; read as what it says, and it works."""

FAULTS = "wrong", "exception", "code", "crash", "hang", "memory"
"""Another answer than the right one; an error without a name; code that was run; the end of the process; no
end; more memory than a file of this size can be worth."""

USED_IN_FULL = 4
"""Of so many mutants that are read, one is also evaluated, traced, written and read again."""


class WrongAnswerError(Exception):
    """What was read is not what was written."""


class Known(NamedTuple):
    """What is right of a good file."""

    fingerprint: str
    answers: Any


class Judge:
    """Reads mutants and uses them; it knows what is right of the good files, which it has read first.

    Parameters
    ----------
    folder : Path
        With the good files.
    scratch : Path
        Where mutants are written.
    """

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.bases, self.scratch = Bases.of(folder), scratch
        self.table = fp.read_table(folder / "table.csv")
        self.record = self.table.row(1, named=True)
        _, self.data = arrays()
        self.known: dict[str, Known] = {}
        self.predicting = fp.load(folder / "values.forpass")
        for name in MODELS:
            model = fp.load(folder / f"{name}.forpass")
            self.known[name] = Known(model.fingerprint(), model.predict(self._rows(model)))
            self._use(model, in_full=True)
            self._serve(folder / f"{name}.forpass")
        path = self._written(self.bases.blobs[CHECKPOINT], "forpass")
        self.known[CHECKPOINT] = Known(resumed(path, self.data).fingerprint(), None)
        self.known[TABLE] = Known("", self.predicting.predict(self.table))
        self._learn(self.table)

    def judge(self, case: Case, number: int) -> tuple[str, str]:
        """Return what became of a mutant, one of `FINE` and `FAULTS`, and more about a fault."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # of other packages: nobody would know what they mean
                warnings.simplefilter("ignore", fp.ForpassWarning)
                return self._outcome(case, number % USED_IN_FULL == 0), ""
        except fp.ForpassError:
            return (
                ("wrong", "refused")
                if case.family == "table, written otherwise, predicted"
                else ("refused", "")
            )
        except WrongAnswerError as error:
            return "wrong", str(error)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of Rust is no Exception
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            return "exception", f"{type(error).__name__}: {str(error)[:200]} ({where})"

    def _outcome(self, case: Case, in_full: bool) -> str:
        path = self._written(case.blob, "csv" if case.base == TABLE else "forpass")
        if case.base == TABLE:
            table = fp.read_table(path)
            return self._learn(table) if "learnt" in case.family else self._predict(table, case.unchanged)
        if case.base != CHECKPOINT:
            with contextlib.suppress(fp.ForpassError):  # it passes over what decides no prediction
                self._serve(path)
        model = resumed(path, self.data) if case.base == CHECKPOINT else fp.load(path)
        if not case.unchanged:
            self._use(model, in_full)
            return "usable"
        if model.fingerprint() not in {known.fingerprint for known in self.known.values()}:
            raise WrongAnswerError("a file that was damaged was read as another")
        return "unchanged"

    def _serve(self, path: Path) -> None:
        """Serve a model: it is read another way."""
        served = serving.load(path)
        X = self._rows(served)
        if len(served.predict(X)) != (self.data.n_rows if X is self.data else len(self.table)):
            raise WrongAnswerError("not every row is served")
        if served.columns:
            served(self.record)

    def _written(self, blob: bytes, suffix: str) -> Path:
        path = self.scratch / f"mutant.{suffix}"
        path.write_bytes(blob)
        return path

    def _rows(self, model: TrainedModel | Ensemble | serving.Served) -> Any:
        return self.data if model.preprocessing is None else self.table

    def _use(self, model: TrainedModel | Ensemble, in_full: bool) -> None:
        """Use a model: none may raise what has no name, and each row has its answer."""
        X = self._rows(model)
        found = model.predict(X)
        if len(found) != (len(self.table) if X is self.table else self.data.n_rows):
            raise WrongAnswerError(f"{len(found)} answers")
        said = [repr(model), model.fingerprint(), repr(model.provenance)]
        said += [repr(member.history) for member in getattr(model, "members", [model])]
        if in_full:
            said += [model.summary(), repr(model.report()), model._repr_html_()]
            if isinstance(model, TrainedModel):
                model.trace(X)
            if model.preprocessing is not None:
                said.append(repr(fp.evaluate(model, X)))
            again = fp.load(model.save(self.scratch / "again.forpass"))
            if again.fingerprint() != model.fingerprint():
                raise WrongAnswerError("written and read again, it is another")
        if not all(said):
            raise WrongAnswerError("it says nothing of itself")

    def _predict(self, table: Any, unchanged: bool) -> str:
        found = self.predicting.predict(table)
        if unchanged and not np.array_equal(found, self.known[TABLE].answers):
            raise WrongAnswerError("the same table has other answers")
        if len(found) != len(table) or not np.isfinite(found).all():
            raise WrongAnswerError(f"{len(found)} answers of {len(table)} rows, or not finite")
        return "unchanged" if unchanged else "usable"

    def _learn(self, table: Any) -> str:
        model = fp.train_table(table, "value", epochs=1, hidden=(2,), seed=1, time_limit=LEARNING_SECONDS)
        if len(model.predict(table)) != len(table):
            raise WrongAnswerError("not every row has its answer")
        return "usable"
