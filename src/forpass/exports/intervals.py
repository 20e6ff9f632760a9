"""Prediction intervals and sets of one coverage: as `forpass.model.intervals` computes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forpass.errors import ExportError
from forpass.exports.columns import Inputs
from forpass.exports.graph import Value
from forpass.exports.together import Members, raw_of_ensemble
from forpass.exports.units import in_unit
from forpass.exports.writer import Writer
from forpass.maths.intervals import around, in_set, sigma
from forpass.model import Ensemble, TrainedModel
from forpass.model.intervals import Intervals, Sets

__all__ = ["write_conformal"]


def write_conformal(
    members: Members,
    model: TrainedModel | Ensemble,
    parts: Sequence[Inputs],
    raw: Value,
    P: Value | None,
    coverage: float,
) -> None:
    """Write intervals or sets, whichever the model has.

    Raises
    ------
    ExportError
        When it has none.
    SpecError
        When the coverage is not between 0 and 1, or is more than the number of rows allows.
    """
    if model.intervals is None:
        raise ExportError(
            "coverage is for models with prediction intervals or sets, as recipes make them; leave it out"
        )
    if isinstance(model.intervals, Intervals):
        _write_intervals(members, model, model.intervals, parts, raw, coverage)
    elif P is not None:
        _write_sets(members.writer, model.intervals, P, coverage)


def _write_intervals(
    members: Members, model: Ensemble, found: Intervals, parts: Sequence[Inputs], raw: Value, coverage: float
) -> None:
    """Write the lower and the upper end of each value, in the unit of the table."""
    writer = members.writer
    writer.section(f"intervals with a coverage of {coverage:g}")
    quantile = writer.constant("quantile", found.quantiles.at(coverage))
    size: Value | float = 1.0
    if (spread := found.spread) is not None:
        assert isinstance(spread.ensemble, Ensemble)
        z = raw_of_ensemble(members, spread.ensemble, parts[:1], "spread")
        names = ("middle", "size", "low", "high")
        constants = [
            writer.constant(f"sigma.{of}", array) for of, array in zip(names, spread.constants, strict=True)
        ]
        size = writer.call(sigma, z, *constants, name="sigma")
    ends = writer.several(around, writer.cast(raw, "float64"), quantile, size, name="ends")
    target = None if model.preprocessing is None else model.preprocessing.target
    columns = writer.output_called("value").columns
    for name, end in zip(("low", "high"), ends, strict=True):
        value = end if target is None else in_unit(writer, target.unit, end, name)
        told = f"the {name} end of an interval that holds {coverage:.0%} of all values"
        writer.output(name, value, told, columns)


def _write_sets(writer: Writer, found: Sets, P: Value, coverage: float) -> None:
    """Write which classes are in the set of each row, 1 or 0: the likeliest always."""
    writer.section(f"sets with a coverage of {coverage:g}")
    limit = float(found.quantiles.at(coverage)[0])
    likeliest = writer.pick(writer.constant("each_class", np.eye(P.width)), writer.largest(P))
    inside = writer.cast(writer.call(in_set, P, likeliest, limit), "int64", "in_set")
    told = f"1 for the classes of a set that holds the true one in {coverage:.0%} of rows"
    writer.output("in_set", inside, told, writer.output_called("probabilities").columns)
