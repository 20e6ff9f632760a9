"""Reading model files to serve them: what decides a prediction, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.select import require_engine
from forpass.errors import NOT_AS_WRITTEN, ModelFileError
from forpass.model.archive import incomplete, read_archive
from forpass.model.members import decision_weights_for, normalised, require_alike, sharpness_for, threshold_of
from forpass.model.named_arrays import arrays_of
from forpass.model.numbers import require_numbers
from forpass.model.suited import require_suited, require_two_classes
from forpass.model.together import Together
from forpass.preprocessing import preprocessing_from_json
from forpass.serving.networks import Network, Networks, Stacked
from forpass.serving.served import Served
from forpass.spec.plain import from_plain
from forpass.spec.program import Program, lower
from forpass.spec.stored import typed

if TYPE_CHECKING:
    from forpass.model.intervals import Intervals, Sets
    from forpass.spec.data import Data

__all__ = ["load"]

Arrays = Mapping[str, NDArray[Any]]


def load(path: str | os.PathLike[str]) -> Served:
    """Read a model or an ensemble that was saved, to answer rows with NumPy alone.

    Nothing else need be installed beside forpass, and nothing is waited for that only training needs. Reading
    never runs code from the file.

    Parameters
    ----------
    path : path
        What ``model.save(path)`` wrote, with any forpass up to this one.

    Returns
    -------
    Served

    Raises
    ------
    ModelFileError
        When the file is missing, cut, altered, not a model, or from a newer forpass.

    Examples
    --------
    >>> import tempfile, forpass as fp
    >>> table = {"size": [1.0, 2.0, 3.0, 4.0] * 9, "fit": ["no", "no", "yes", "yes"] * 9}
    >>> model = fp.train_table(table, "fit", hidden=(4,), epochs=60)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     served = load(model.save(f"{folder}/fit.forpass"))
    >>> served.columns
    (Column(name='size', kind='number', found='float', words=(), example=2.5, had_gaps=False),)
    >>> served({"size": 4.5})["label"], [answer["label"] for answer in served.answers([{"size": 1.0}])]
    ('yes', ['no'])
    >>> served.faults([{"size": 1.0}, {"size": "wide"}])
    {1: "column 'size' holds 'wide', where a number is meant, ...
    """
    kind, arrays, content = read_archive(path, "model", "ensemble")
    try:
        if kind == "ensemble":
            return _ensemble(content, arrays)
        return _single(content, arrays)
    except ModelFileError:  # it says better what is wrong
        raise
    except NOT_AS_WRITTEN as error:
        raise incomplete(path, kind, error) from None


def _single(plain: Mapping[str, Any], arrays: Arrays) -> Served:
    stored = plain["preprocessing"]
    preprocessing = None if stored is None else preprocessing_from_json(stored)
    network = _network(plain, arrays, preprocessing, lower(from_plain(plain["spec"])))
    networks = Networks([network])

    def raw_scores(parts: Sequence[Data]) -> NDArray[Any]:
        return np.asarray(networks.raw_scores(parts[0])[0])

    made = () if preprocessing is None else (preprocessing,)
    return Served([network], made, raw_scores, network.threshold)


def _ensemble(plain: Mapping[str, Any], arrays: Arrays) -> Served:
    made = [preprocessing_from_json(stored) for stored in plain["preprocessings"]]
    members, found = [], [member["preprocessing"] for member in plain["members"]]
    lowered = _each_once(lambda stored: lower(from_plain(stored)))
    for i, (member, place) in enumerate(zip(plain["members"], found, strict=True)):
        own = None if place is None else made[place]
        members.append(_network(member, arrays_of(str(i), arrays), own, lowered(member["spec"])))
    require_alike(members)
    order = [place for place in dict.fromkeys(found) if place is not None]
    places = [order.index(place) if order else 0 for place in found]
    head, n = members[0].spec.head, len(members)
    weights = normalised(list(plain["weights"]), n)
    sharpness = sharpness_for(plain.get("sharpness"), n, head)
    calibration = plain.get("calibration")
    if calibration is not None:
        from forpass.model.calibration import Calibration  # few wait for it that have none

        calibration = Calibration.from_json(calibration)
        calibration.require_fit(head, members[0].spec.n_outputs)
    together = Together(members, places, weights, sharpness, calibration, Stacked)
    return Served(
        members,
        [made[place] for place in order],
        together.raw_scores,
        threshold_of(members, weights),
        decision_weights_for(plain.get("decision_weights"), members[0].spec),
        _intervals(plain.get("intervals"), arrays_of("intervals", arrays)),
    )


def _intervals(plain: Any, arrays: Arrays) -> Intervals | Sets | None:
    if plain is None:
        return None
    from forpass.model.intervals import conformal_from_json  # few models have any

    of_arrays: Any = _ensemble
    return conformal_from_json(plain, arrays, of_arrays)


def _network(plain: Mapping[str, Any], arrays: Arrays, preprocessing: Any, program: Program) -> Network:
    """Return what predicts of a network; refuse what `TrainedModel` refuses."""
    parameters, buffers = arrays["parameters"], arrays["buffers"]
    require_engine(plain["engine"])
    require_numbers(program, parameters, buffers)
    threshold = typed("threshold of the model", float, plain.get("threshold", 0.5))
    if threshold != 0.5:
        require_two_classes(program.spec, threshold)
    if preprocessing is not None:
        require_suited(program.spec, preprocessing)
    return Network(program, parameters, buffers, preprocessing, threshold)


def _each_once(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that makes something of each different plain value once: members are often alike."""
    known: list[tuple[Any, Any]] = []

    def made(plain: Any) -> Any:
        for other, thing in known:
            if other == plain:
                return thing
        known.append((plain, make(plain)))
        return known[-1][1]

    return made
