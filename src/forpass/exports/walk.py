"""From a model to its graph, from cells to answers, in the order in which it predicts.

Columns become features (`columns`), networks make raw scores of them (`networks`), members are brought to one
unit, sharpened, averaged and calibrated (`together`), and raw scores become answers (`answers`). The types of
numbers along the way are those of `forpass.model`: features float32, a network in its own type, an ensemble
float64.
"""

from __future__ import annotations

from forpass.exports.answers import write_answers
from forpass.exports.columns import inputs_of
from forpass.exports.graph import Graph
from forpass.exports.intervals import write_conformal
from forpass.exports.together import Members, raw_of_ensemble
from forpass.exports.writer import Writer
from forpass.model import Ensemble, TrainedModel

__all__ = ["graph_of"]


def graph_of(model: TrainedModel | Ensemble, coverage: float | None = None) -> Graph:
    """Write down what a model computes.

    Parameters
    ----------
    model : TrainedModel or Ensemble
    coverage : float, optional
        That of prediction intervals or sets, which are given out, too.

    Raises
    ------
    ExportError
        Where members of an ensemble read a column in ways that do not go together.
    """
    writer = Writer(Graph("model"))
    members = Members(writer)
    if isinstance(model, Ensemble):
        preprocessings = model.preprocessings or (None,)
        parts = [inputs_of(writer, one, model.members[0].spec) for one in preprocessings]
        raw = raw_of_ensemble(members, model, parts)
    else:
        parts = [inputs_of(writer, model.preprocessing, model.spec)]
        raw = members.raw_of(model, parts[0])
    P = write_answers(writer, model, raw)
    if coverage is not None:
        write_conformal(members, model, parts, raw, P, coverage)
    return writer.graph
