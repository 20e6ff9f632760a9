"""What is known of a model, on one page: how good it is, what was tried, whether its probabilities hold."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass
from typing import Any

from forpass.model.candidates import candidates_table
from forpass.model.evaluation import Evaluation
from forpass.model.provenance import Provenance
from forpass.model.tried import Tried, require_account

__all__ = ["Report", "report_of"]

WIDTH = 104


@dataclass(frozen=True, repr=False)
class Report:
    """What is known of a model; shown as text.

    Attributes
    ----------
    title : str
        What the model is.
    out_of_fold : bool
        Whether `evaluation` is of all rows that it learnt from, each predicted by networks that had not
        seen it; otherwise it is of rows that were held back.
    evaluation : Evaluation or None
        How good it is.
    on_test : Evaluation or None
        Beside that, on rows that no network had seen.
    recipe : str
        The name of the recipe that made it; "" where none did.
    candidates : tuple of Tried
        What the recipe tried.
    intervals : str
        What is known of intervals or sets, in a sentence; "" for nothing.
    remarks : tuple of str
        What is not as it usually is.
    """

    title: str
    out_of_fold: bool = False
    evaluation: Evaluation | None = None
    on_test: Evaluation | None = None
    recipe: str = ""
    candidates: tuple[Tried, ...] = ()
    intervals: str = ""
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        parts = [self.title]
        if self.evaluation is not None:
            said = "out of fold: each row by networks that had not seen it" * self.out_of_fold
            parts += [f"{said}\n{self.evaluation}".strip()]
            if self.evaluation.reliability is not None:
                parts += [self.evaluation.reliability.table()]
        else:
            parts += ["It was not measured: forpass.evaluate does that on rows it has not learnt from."]
        if self.on_test is not None:
            parts += [f"on test rows beside them\n{self.on_test}"]
        if self.candidates:
            plain = [asdict(candidate) for candidate in self.candidates]
            parts += [f"What the recipe {self.recipe} tried:\n{candidates_table(plain)}"]
        sentences = [self.intervals] * bool(self.intervals) + list(self.remarks)
        parts += ["\n".join(textwrap.fill(sentence, WIDTH) for sentence in sentences)] * bool(sentences)
        return "\n\n".join(parts)

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
        }


def report_of(title: str, provenance: Provenance, intervals: str = "") -> Report:
    """Return what is known of a model, from where it comes from; `intervals` is a sentence about them."""
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
    )
