"""From the encoded parts of a table to a trained and measured network.

All of it shares one limit of time: the baselines have at most half of it, training what is then left, or half
of that where the network is to learn from all rows in the end.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

from forpass.api.evaluation import measured
from forpass.api.in_time import in_time
from forpass.api.judging import Weighted, judged_baselines, judged_model, require_judging, weighted_parts
from forpass.api.needs import measured_needs, require_columns
from forpass.api.published import published_network, published_setup, within_range
from forpass.api.road import AnyPreprocessing, Parts
from forpass.api.setup import Setup, into
from forpass.api.training import guided_by
from forpass.clock import Clock, OutOfTimeError
from forpass.concurrency.sharing import reason_to_end
from forpass.errors import SpecError
from forpass.model import Scores, TrainedModel
from forpass.model.left_out import LeftOut
from forpass.model.origin import Origin
from forpass.model.provenance import Refit, RowCounts
from forpass.model.scores import head_for
from forpass.spec.layers import Embedding
from forpass.spec.network import Head, NetworkSpec, multilayer_layers
from forpass.spec.training import StoppingSpec
from forpass.told import called
from forpass.training.events import BaselineEnded, BaselineStep, Event, Listener
from forpass.training.planning import steps_of_an_epoch

__all__ = ["network_for", "train_parts"]

LEAST_SECONDS = 1e-9
"""Where no time is left, training ends after the first step."""


def train_parts(
    parts: Parts,
    setup: Setup,
    listener: Listener | None,
    clock: Clock | None = None,
    encode_all: Callable[[], Parts] | None = None,
) -> TrainedModel:
    """Train on the encoded parts of a table, and measure on its test rows, if there are any.

    Parameters
    ----------
    clock : Clock, optional
        How much time there is; by default what the setup says, from now on.
    encode_all : callable, optional
        Encodes all rows as training rows, for a refit; None where there are no others.
    """
    clock = clock or Clock(setup.training.stopping.max_seconds)
    if setup.published:
        parts, setup = within_range(parts), published_setup(setup, parts)
    spec, target, test = network_for(parts.preprocessing, setup), parts.preprocessing.target, parts.test
    rows = RowCounts(*(0 if data is None else data.n_rows for data in parts[:3]))
    require_judging(setup, parts)
    require_columns(setup, parts)
    counted, refits = weighted_parts(setup, parts), setup.refit and encode_all is not None
    others, cut = dict[str, Scores](), list[str]()
    if test is not None and target is not None:
        others = judged_baselines(setup, parts, counted, _note(listener, clock.part(0.5)))
        _tell(listener, BaselineEnded())
        cut += [] if "linear" in others else ["baseline"]
    share, subject = clock.part(0.5 if refits else 1.0), "network"

    def trained(within: Clock) -> TrainedModel:
        return _trained(spec, setup, parts, counted, listener, within)

    if setup.published and not math.isinf(clock.left):
        model, is_network = in_time(spec, setup, parts, counted, share, trained)
        cut += [] if is_network else ["network"]
        subject, refits = ("network", refits) if is_network else ("linear", False)
    else:
        model = trained(share)
    if model.provenance.ended.reason in ("max_seconds", "interrupted"):
        cut.append("training")
    evaluation, refit = None, None
    if test is not None and target is not None:
        ways = {"network": model.scores(test), **others}
        seed, metric = setup.training.seed, setup.judging.metric
        how = seed, parts.test_groups, metric, clock
        evaluation = measured(target, test, ways, *how, subject=subject)
    provenance, history = model.provenance, model.history
    looked_at = [data for data in (parts.training, parts.validation) if data is not None]
    model = dataclasses.replace(model, left_out=LeftOut.of_none(looked_at))
    apart, needs = test if test is not None else parts.validation, None
    if setup.importance and apart is not None:
        needs = measured_needs(model, apart, setup, clock, provenance.ended.seconds)
        cut += ["importance"] * (needs is None or needs.unmeasured > 0)
    if refits and encode_all is not None:
        again = _refitted(model, setup, encode_all, listener, clock)
        if again is None:
            cut.append("refit")
        else:
            refit = Refit(again.provenance.rows.training, len(again.history), again.provenance.ended.seconds)
            model = again
    provenance = dataclasses.replace(
        provenance,
        rows=rows,
        evaluation=evaluation,
        refit=refit,
        cut_short=tuple(cut),
        class_weights=counted.class_weights,
        importance=needs,
        origin=Origin(setup.training.seed),
    )
    training = guided_by(setup.judging.metric, setup.training, parts.validation)  # as it was planned
    return dataclasses.replace(model, training=training, history=history, provenance=provenance)


def _note(listener: Listener | None, clock: Clock) -> Callable[[int], None]:
    """Return what is called after each step of the linear baseline: it tells, and ends it in time."""

    def note(step: int) -> None:
        _tell(listener, BaselineStep(step))
        if not clock.left or reason_to_end():
            raise OutOfTimeError

    return note


def _tell(listener: Listener | None, event: Event) -> None:
    if listener is not None:
        listener(event)


def _trained(
    spec: NetworkSpec, setup: Setup, parts: Parts, rows: Weighted, listener: Listener | None, clock: Clock
) -> TrainedModel:
    """Train for as long as there is time."""
    if not math.isinf(clock.left):
        setup = into("training.stopping.max_seconds")(setup, max(clock.left, LEAST_SECONDS))
    return judged_model(spec, setup, parts, rows, listener)


def _refitted(
    model: TrainedModel,
    setup: Setup,
    encode_all: Callable[[], Parts],
    listener: Listener | None,
    clock: Clock,
) -> TrainedModel | None:
    """Learn from all rows for as many epochs as were best; None where there was no time for all of them."""
    ended = model.provenance.ended
    epochs = ended.best_epoch or ended.epoch
    if not epochs or not clock.left or ended.reason == "interrupted":
        return None
    parts = encode_all()
    parts = within_range(parts) if setup.published else parts
    # what was planned, and its schedule, stay
    only_epochs = into("training.stopping")(setup, StoppingSpec(max_steps=_steps_of(setup, parts, epochs)))
    only_epochs = into("judging.threshold")(only_epochs, None)  # it was chosen on rows not learnt from
    spec = network_for(parts.preprocessing, setup)
    rows = weighted_parts(only_epochs, parts)
    again = _trained(spec, only_epochs, parts, rows, listener, clock)
    if again.provenance.ended.epoch < epochs:
        return None
    return dataclasses.replace(again, threshold=model.threshold, left_out=LeftOut.of_none([parts.training]))


def _steps_of(setup: Setup, parts: Parts, epochs: int) -> int:
    """Return the number of steps of so many epochs on the training rows; of lbfgs, that of iterations."""
    if not setup.training.by_steps:
        return epochs
    return epochs * steps_of_an_epoch(setup.training, parts.training.n_rows)


def network_for(preprocessing: AnyPreprocessing, setup: Setup) -> NetworkSpec:
    """Describe the network that suits what a preprocessing makes of its table."""
    if setup.published:
        return published_network(setup.published, preprocessing)
    target = preprocessing.target
    assert target is not None
    how = dict(setup.network)
    smoothing, dimension = how.pop("label_smoothing"), how.pop("embedding_dimension")
    if smoothing and target.task == "regression":
        raise SpecError(
            f"{called('label_smoothing')} is for classes and labels, and this is a regression; leave it out"
        )
    if how["dropout"] is None:
        how["dropout"] = 0.1 if setup.training.by_steps else 0.0
    layers = multilayer_layers(n_outputs=target.outputs, **how)
    if any(group.kind == "code" for group in preprocessing.groups):
        layers = (Embedding(dimension), *layers)
    head = head_for(target.task, target.outputs)
    if smoothing:
        head = Head(head.loss, {"smoothing": smoothing})
    return NetworkSpec(inputs=preprocessing.groups, layers=layers, head=head)
