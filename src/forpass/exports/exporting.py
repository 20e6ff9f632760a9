"""`fp.export`: a model in a form that other programs understand, compared with it before the file appears."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forpass.errors import InputError
from forpass.exports.checking import Expected, by_the_other_engine, expected_of, require_equal
from forpass.exports.forms import FORMS, form_of
from forpass.exports.graph import Input, Output
from forpass.exports.trial_rows import cells_of, rows_to_try
from forpass.exports.walk import graph_of
from forpass.model import Ensemble, TrainedModel
from forpass.model.files import whole_file
from forpass.shown import aligned, counted
from forpass.spec.require import require_instance, require_path

__all__ = ["Exported", "export"]


@dataclass(frozen=True)
class Exported:
    """What was exported, and how far it deviates from the model.

    Attributes
    ----------
    form : str
        A name of `forpass.exports.forms.FORMS`.
    files : tuple of Path
    inputs : tuple of Input
        What is handed over: name, whether numbers or text, and how cells are written.
    outputs : tuple of Output
        What is given back.
    rows : int
        On so many rows it was carried out and compared with the model; 0 where this machine cannot.
    deviations : dict
        The largest deviation of each output: of probabilities their difference, of values relative to their
        size. A decision differs nowhere but at a tie.

    Examples
    --------
    >>> import tempfile, numpy as np, forpass as fp
    >>> spec = fp.NetworkSpec(2, [fp.Dense(1)], fp.Head("squared"))
    >>> model = fp.TrainedModel(spec, np.array([1.0, 2.0, 0.5], np.float32), np.empty(0, np.float32))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exported = fp.export(model, f"{folder}/model.py", rows=[[1.0, 1.0]])
    >>> (
    ...     exported.form,
    ...     [path.name for path in exported.files],
    ...     exported.rows,
    ...     exported.deviations["value"] < 1e-6,
    ... )
    ('numpy', ['model.py', 'model.npz'], 201, True)
    """

    form: str
    files: tuple[Path, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rows: int
    deviations: dict[str, float]

    def __str__(self) -> str:
        lines = [f"{path}" for path in self.files]
        given = [(one.name, one.told) for one in self.inputs]
        lines += ["", "Takes:", aligned(given)] if given else []
        lines += ["", "Gives:", aligned([(one.name, one.told) for one in self.outputs]), ""]
        if not self.rows:
            return "\n".join([*lines, f"Not compared with the model: {FORMS[self.form].unchecked}."])
        off = max(self.deviations.values(), default=0.0)
        lines.append(
            f"Compared with the model on {counted(self.rows, 'row')}, from which it deviates by {off:.1e} "
            "at most."
        )
        return "\n".join(lines)


def export(
    model: TrainedModel | Ensemble,
    path: str | os.PathLike[str],
    to: str | None = None,
    *,
    rows: Any = None,
    coverage: float | None = None,
) -> Exported:
    """Write a model as files for other programs: raw columns in, labels, probabilities and values out.

    Before the files appear they are carried out on rows and compared with the model. A probability may
    deviate by 1e-5, a value by 1e-5 of its size (see `forpass.preprocessing.units.Unit.sizes`), and another
    class may be decided only at a tie.

    Parameters
    ----------
    model : TrainedModel or Ensemble
    path : path
        Where it goes; further files stand beside it, under the same name.
    to : {"numpy", "onnx", "c"}, optional
        The form; by default as the ending says (``.py``, ``.onnx``, ``.c``).
    rows : table, optional
        Further rows to compare on, of any kind that the model takes. Rows are made for it in any case: all
        that each column knows, its edges and extremes, what is missing and was never seen.
    coverage : float, optional
        Give prediction intervals, or sets of classes, with this coverage out, too.

    Returns
    -------
    Exported

    Raises
    ------
    ExportError
        When the model cannot be written in that form, or would predict something else there.
    InputError
        When a place cannot be written to, or there is no such form.

    Examples
    --------
    >>> import tempfile, warnings, forpass as fp
    >>> table = {"hours": [1.0, 2.0, 3.0, 4.0] * 9, "passed": ["no", "no", "yes", "yes"] * 9}
    >>> model = fp.train_table(table, "passed", preset="plain")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exported = fp.export(model, f"{folder}/model.py")
    >>> [one.name for one in exported.inputs], [one.name for one in exported.outputs], exported.rows > 200
    (['hours'], ['label', 'probabilities'], True)
    """
    if not isinstance(model, Ensemble):
        require_instance("the model", model, TrainedModel)
    require_path("the file to export to", path)
    path = Path(path)
    form = form_of(path, to)
    graph = graph_of(model, coverage)
    files = form.write(graph, f"{_named(model)}, in {form.needs}", path.stem)
    places = [path.with_name(name) for name in files]
    _require_free(places)
    run, tried, deviations = form.run(graph, files), 0, dict[str, float]()
    if run is not None:
        cells = rows_to_try(graph, model)
        if rows is not None:
            given = cells_of(graph, model, rows)
            cells = {name: np.concatenate([cells[name], given[name]]) for name in cells}
        expected = expected_of(graph, model, cells, coverage)

        def again() -> Expected:
            return expected_of(graph, by_the_other_engine(model), cells, coverage)

        deviations = require_equal(form.name, cells, expected, run(cells), again)
        tried = len(next(iter(cells.values())))
    # the named file last: it is there only where all of it is
    for place, content in reversed([*zip(places, files.values(), strict=True)]):
        with whole_file(place) as file:
            file.write(content)
    return Exported(form.name, tuple(places), tuple(graph.inputs), tuple(graph.outputs), tried, deviations)


def _require_free(places: Sequence[Path]) -> None:
    """Refuse to write over a file beside the named one, unless that is there, too: an older export."""
    first, *beside = places
    for place in beside:
        if place.exists() and not first.exists():
            raise InputError(
                f"{place} is there already and would be replaced, though {first} is new; name another place"
            )


def _named(model: TrainedModel | Ensemble) -> str:
    """Say in a line what a model predicts."""
    target = None if model.preprocessing is None else model.preprocessing.target
    return f"A model of {', '.join(target.names)}" if target is not None else "A model of arrays"
