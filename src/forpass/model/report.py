"""A report on a model, on one page: how good it is, what was tried, how well it is calibrated."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass
from typing import Any

from forpass.above import drawn
from forpass.model.candidates import candidates_rows, candidates_table
from forpass.model.evaluation import Evaluation
from forpass.model.importance import Importance
from forpass.model.provenance import Provenance
from forpass.model.tried import Tried, require_account
from forpass.shown_html import block, folded, in_notebook, table

__all__ = ["Report", "report_of"]

WIDTH = 104
OUT_OF_FOLD = "out of fold: each row by networks that had not seen it"
UNMEASURED = "It was not measured: forpass.evaluate does that, on rows it was not trained on."


@dataclass(frozen=True, repr=False)
class Report:
    """A report on a model; its repr is the page.

    Attributes
    ----------
    title : str
        What the model is.
    out_of_fold : bool
        Whether `evaluation` is out of fold: on all training rows, each predicted by networks that had not
        seen it. Otherwise it is on rows that were held out.
    evaluation : Evaluation or None
        How good it is.
    on_test : Evaluation or None
        In addition, how good it is on test rows.
    recipe : str
        The name of the recipe that made it; "" for a model without one.
    candidates : tuple of Tried
        What the recipe tried.
    intervals : str
        A sentence about prediction intervals or sets; "" where there are none.
    remarks : tuple of str
        Anything out of the ordinary.
    importance : Importance or None
        How much the model needs each column, where that was measured.
    """

    title: str
    out_of_fold: bool = False
    evaluation: Evaluation | None = None
    on_test: Evaluation | None = None
    recipe: str = ""
    candidates: tuple[Tried, ...] = ()
    intervals: str = ""
    remarks: tuple[str, ...] = ()
    importance: Importance | None = None

    def __repr__(self) -> str:
        parts = [self.title]
        if self.evaluation is not None:
            parts += [f"{OUT_OF_FOLD * self.out_of_fold}\n{self.evaluation}".strip()]
            if self.evaluation.reliability is not None:
                parts += [self.evaluation.reliability.table()]
        else:
            parts += [UNMEASURED]
        if self.on_test is not None:
            parts += [f"on test rows beside them\n{self.on_test}"]
        if self.importance is not None:
            parts += [repr(self.importance)]
        if self.candidates:
            plain = [asdict(candidate) for candidate in self.candidates]
            parts += [f"What the recipe {self.recipe} tried:\n{candidates_table(plain)}"]
        sentences = [self.intervals] * bool(self.intervals) + list(self.remarks)
        parts += ["\n".join(textwrap.fill(sentence, WIDTH) for sentence in sentences)] * bool(sentences)
        return "\n\n".join(parts)

    def plot(self, **told: Any) -> Any:
        """Draw its parts on one sheet.

        It is `forpass.charts.report`, which may be told a `title`.

        Examples
        --------
        >>> evaluation = Evaluation(40, {"network": {"r2": 0.91}, "dummy": {"r2": -0.02}})
        >>> Report("a network of 8 inputs", evaluation=evaluation).plot().to_dict()["title"]["text"]
        'a network of 8 inputs'
        """
        return drawn("report", self, **told)

    def _repr_html_(self) -> str:
        return in_notebook(self.to_html())

    def to_html(self) -> str:
        """Return the same page as HTML."""
        parts = [block(self.title, head=True)]
        if self.evaluation is not None:
            parts += [block(OUT_OF_FOLD * self.out_of_fold), self.evaluation.to_html()]
            if self.evaluation.reliability is not None:
                parts += [folded("calibration", self.evaluation.reliability.to_html())]
        else:
            parts += [block(UNMEASURED)]
        if self.on_test is not None:
            parts += [block("on test rows beside them", head=True), self.on_test.to_html()]
        if self.importance is not None:
            parts += [self.importance.to_html()]
        if self.candidates:
            rows = candidates_rows([asdict(candidate) for candidate in self.candidates])
            tried = block(f"What the recipe {self.recipe} tried:", head=True)
            parts += [tried, table(rows, right=range(2, len(rows[0])))]
        return "".join([*parts, *map(block, (self.intervals, *self.remarks))])

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        evaluation, on_test = (
            None if found is None else found.to_json() for found in (self.evaluation, self.on_test)
        )
        return {
            "title": self.title,
            "out_of_fold": self.out_of_fold,
            "evaluation": evaluation,
            "on_test": on_test,
            "recipe": self.recipe,
            "candidates": [asdict(candidate) for candidate in self.candidates],
            "intervals": self.intervals,
            "remarks": list(self.remarks),
            "importance": None if self.importance is None else self.importance.to_json(),
        }


def report_of(title: str, provenance: Provenance, intervals: str = "") -> Report:
    """Return the report of a model from its provenance; `intervals` is a sentence about its intervals."""
    account = provenance.recipe
    candidates = require_account(account) if account else ()
    return Report(
        title,
        bool(account),
        provenance.evaluation,
        provenance.on_test,
        str(account["recipe"]["name"]) if account else "",
        candidates,
        intervals,
        (*provenance.remarks, *(account.get("omissions", ()) if account else ())),
        provenance.importance,
    )
