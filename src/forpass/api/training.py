"""Training from arrays, and continuing a run that was laid aside."""

from __future__ import annotations

import dataclasses
import datetime
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.api.metrics import TargetMeaning, metric_for, metric_name, same_metric
from forpass.engines.select import select_engine
from forpass.errors import DataError, ModelFileError
from forpass.maths.metrics import Metric
from forpass.model import Preprocessor, TrainedModel
from forpass.model.archive import read_archive
from forpass.model.history import EpochRecord
from forpass.model.provenance import Ended, Provenance, RowCounts, own_version
from forpass.model.scores import task_of
from forpass.preprocessing import preprocessing_from_json
from forpass.spec.data import Data, require_data
from forpass.spec.network import NetworkSpec
from forpass.spec.program import lower
from forpass.spec.require import require_instance, require_path
from forpass.spec.training import TrainingSpec
from forpass.training import Job, Outcome, Run, RunState, fit
from forpass.training.checkpoint import read_checkpoint, write_checkpoint
from forpass.training.events import Listener
from forpass.training.folder import Tolerant
from forpass.training.job import Order
from forpass.training.keys import data_digest
from forpass.training.loop import carried_out

__all__ = ["made_now", "model_of", "resume", "train"]

Path = str | os.PathLike[str]


def train(
    spec: NetworkSpec,
    training: TrainingSpec | None,
    data: Data,
    *,
    validation: Data | None = None,
    parameters: Mapping[str, ArrayLike] | ArrayLike | None = None,
    order: Order | None = None,
    engine: str = "auto",
    threads: int | None = None,
    metric: str | Metric | Callable[..., Any] | None = None,
    listener: Listener | None = None,
    checkpoint: Path | None = None,
    preprocessing: Preprocessor | None = None,
) -> TrainedModel:
    """Train a network on arrays.

    Parameters
    ----------
    spec : NetworkSpec
        What is computed.
    training : TrainingSpec or None
        How it is trained; None: 100 epochs of Adam in batches of 32.
    data : Data
        Examples with targets.
    validation : Data, optional
        Examples that are only looked at. The parameters that do best on them are kept.
    parameters : mapping from name to array, or flat vector, optional
        Where to begin, instead of drawing from the seed: ``{"W1": ..., "b1": ...}``.
    order : callable, optional
        ``order(epoch)``, epoch counting from 0, gives the row numbers in the order to be seen; by default
        the seed shuffles all rows. Arrays are read where they lie, memory-mapped ones too: of a file that
        is larger than memory use `block_order`, or each row costs a page read from disk.
    engine : str
        ``"auto"`` or the name of an engine.
    threads : int, optional
        How many threads may take part, in training and when the model predicts; by default as many as
        pay, no more than processors, OMP_NUM_THREADS and threadpoolctl allow. The results are the same bits
        with any number.
    metric : str, Metric or callable, optional
        What stands in the history, and what the validation rows are judged by: it says when to stop and which
        parameters are kept, unless `stopping` names what it monitors. A name of the registry METRICS, with
        its setting after a colon (``"pinball:0.9"``); a record of one's own; a scorer of scikit-learn; a
        function ``f(truth, predicted)`` of which more is better. By default the history holds accuracy or
        r2, and the loss is what counts.
    listener : callable, optional
        Called with every event of the run; returning True ends it.
    checkpoint : path, optional
        A file that is written anew after every epoch and at the end, from which `resume` can go on. One that
        cannot be written any more, for a disk is full, ends no training: that is told once. L-BFGS begins
        anew from it, to the same bits, for its memory of the curvature is not in the file.
    preprocessing : Preprocessor, optional
        Kept in the model, which then takes tables.

    Returns
    -------
    TrainedModel

    Raises
    ------
    DataError, SpecError
        When data, spec and training do not fit together.
    DivergenceError
        When a loss or parameter is not finite.

    Examples
    --------
    >>> import forpass as fp
    >>> xor = fp.Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], targets=[0.0, 1.0, 1.0, 0.0])
    >>> spec = fp.multilayer(2, [4], 1, "sigmoid_cross_entropy", activation="tanh")
    >>> training = fp.TrainingSpec(
    ...     epochs=500, batch_size=None, optimizer=fp.OptimizerSpec("adam", learning_rate=0.05)
    ... )
    >>> fp.train(spec, training, xor).predict(xor).tolist()
    [0, 1, 1, 0]
    """
    training = TrainingSpec() if training is None else training
    require_instance("the network", spec, NetworkSpec)
    require_instance("the training", training, TrainingSpec)
    require_data("the data", data)
    if preprocessing is not None:
        require_instance("the preprocessing", preprocessing, Preprocessor)
    if checkpoint is not None:
        require_path("checkpoint of train", checkpoint)
        _require_replaceable(checkpoint)
    job = Job(
        spec,
        guided_by(metric, training, validation),
        data,
        validation=validation,
        engine=engine,
        threads=threads,
        order=order,
        metric=_meant(metric, spec, preprocessing),
        parameters=_vector(spec, parameters),
    )
    return train_job(job, metric, preprocessing, listener=listener, checkpoint=checkpoint)


def _require_replaceable(path: Path) -> None:
    """Refuse to write a checkpoint over a file that is none, such as a model."""
    if os.path.isfile(path) and os.path.getsize(path):
        try:
            read_archive(path, "checkpoint")
        except ModelFileError:
            raise DataError(
                f"{os.fspath(path)} is there and is no whole checkpoint; it would be lost: name another file"
            ) from None


def guided_by(metric: Any, training: TrainingSpec, validation: Data | None) -> TrainingSpec:
    """Return a training that the metric guides, where one is asked for and nothing else is."""
    if metric is None or validation is None or training.stopping.monitor != "auto":
        return training
    stopping = dataclasses.replace(training.stopping, monitor="validation_metric")
    return dataclasses.replace(training, stopping=stopping)


def resume(
    checkpoint: Path,
    data: Data,
    *,
    validation: Data | None = None,
    order: Order | None = None,
    engine: str | None = None,
    threads: int | None = None,
    metric: str | Metric | Callable[..., Any] | None = None,
    listener: Listener | None = None,
) -> TrainedModel:
    """Go on with a run that was laid aside, to the same bits as if it had never stopped.

    Parameters
    ----------
    checkpoint : path
        What ``train(..., checkpoint=path)`` wrote; it is kept up to date again.
    data, validation, order
        The same as before.
    engine : str, optional
        By default that with which the run began.
    threads, listener : optional
        As of `train`.
    metric : str, Metric or callable, optional
        By default the one with which the run began. A function or a record, which a file cannot hold, is to
        be given again; its name is remembered.

    Returns
    -------
    TrainedModel

    Raises
    ------
    ModelFileError
        When the file is not a whole checkpoint.
    DataError
        When the data are not those that the run began with.
    SpecError
        When the metric that guides the run is missing, or is another one.
    DivergenceError
        When a loss or parameter is not finite.

    Examples
    --------
    >>> import tempfile, forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 0.0])
    >>> spec, training = fp.multilayer(1, [4], 1, "squared"), fp.TrainingSpec(epochs=9)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     laid_aside = f"{folder}/run"
    ...     _ = fp.train(
    ...         spec,
    ...         training,
    ...         data,
    ...         checkpoint=laid_aside,
    ...         listener=lambda event: isinstance(event, fp.EpochEnded) and event.record.epoch == 4,
    ...     )
    ...     resumed = fp.resume(laid_aside, data)
    >>> resumed.fingerprint() == fp.train(spec, training, data).fingerprint()
    True
    """
    require_data("the data", data)
    if validation is not None:
        require_data("the validation data", validation)
    require_path("checkpoint of resume", checkpoint)
    if os.path.isdir(checkpoint):
        place = os.fspath(checkpoint)
        raise ModelFileError(
            f"{place} is a folder, not the checkpoint of one network; make the call that began it again, "
            f"or run forpass resume {place} if a command did"
        )
    spec, training, state, history, extra = read_checkpoint(checkpoint)
    if extra.get("data") != data_digest(data, validation):
        raise DataError(
            f"the data are not those with which {os.fspath(checkpoint)} began; "
            "give the same rows in the same order, or begin anew with train(..., parameters=...)"
        )
    if extra.get("ordered") != (order is not None):
        began = (
            "with an order of its own; give order= again" if order is None else "without order=; leave it out"
        )
        raise DataError(f"the run in {os.fspath(checkpoint)} began {began}")
    stored, guided = extra.get("preprocessing"), training.stopping.monitor == "validation_metric"
    preprocessing = None if stored is None else preprocessing_from_json(stored)
    metric = same_metric(metric, extra, guided, os.fspath(checkpoint))
    job = Job(
        spec,
        training,
        data,
        validation=validation,
        engine=engine or extra.get("engine", "auto"),
        threads=threads,
        order=order,
        metric=_meant(metric, spec, preprocessing),
    )
    return train_job(
        job,
        metric,
        preprocessing,
        listener=listener,
        checkpoint=checkpoint,
        state=state,
        history=history,
    )


def train_job(
    job: Job,
    metric: Any = None,
    preprocessing: Preprocessor | None = None,
    *,
    listener: Listener | None = None,
    checkpoint: Path | None = None,
    state: RunState | None = None,
    history: Sequence[EpochRecord] = (),
) -> TrainedModel:
    """Train, from where a run stood if a state is given, with a checkpoint after every epoch if wanted.

    `metric` is what the caller said for the job's, which a checkpoint remembers by its name.
    """
    if checkpoint is None:
        outcome = (
            carried_out(job, listener=listener)
            if state is None
            else fit(job, state, history, listener=listener)
        )
        return model_of(job, outcome, preprocessing)
    extra = {
        "data": data_digest(job.data, job.validation),
        "preprocessing": None if preprocessing is None else preprocessing.to_json(),
        "metric": None if metric is None else metric_name(metric),
        "metric_is_a_function": not isinstance(metric, str | None),
        "ordered": job.order is not None,
        "engine": select_engine(job.engine).NAME,  # not "auto", which is another elsewhere
    }
    on_pause = _written_after_epochs(checkpoint, extra)
    outcome = fit(job, state, history, listener=listener, on_pause=on_pause, every_epoch=True)
    return model_of(job, outcome, preprocessing)


def _written_after_epochs(checkpoint: Path, extra: dict[str, Any]) -> Callable[[Run], None]:
    """Return what writes a checkpoint of a run after every epoch and at the end, and first of all.

    Who cannot write at all learns it before training. Of L-BFGS the beginning is written, and nothing else.
    """
    tolerant, began = Tolerant(), False

    def write(run: Run) -> None:
        write_checkpoint(checkpoint, run.job.spec, run.job.training, run.state(), run.history, extra)

    def pause(run: Run) -> None:
        nonlocal began
        if not began:
            write(run)
            began = True
        elif run.job.training.by_steps and (run.at_epoch_end or run.done):
            tolerant(f"the checkpoint {os.fspath(checkpoint)}", lambda: write(run))

    return pause


def _meant(metric: Any, spec: NetworkSpec, preprocessing: Preprocessor | None) -> Metric | None:
    """Return the metric that is asked for, in the words and the unit of the table, if there is one."""
    target = None if preprocessing is None else preprocessing.target
    return metric_for(metric, TargetMeaning.of_target(target, task_of(spec.head, spec.n_outputs)))


PYTHON = platform.python_version()


def model_of(job: Job, outcome: Outcome, preprocessing: Preprocessor | None = None) -> TrainedModel:
    """Make a model of what a run came to."""
    return TrainedModel(
        job.spec,
        outcome.state.parameters,
        outcome.state.buffers,
        preprocessing,
        job.engine,
        job.threshold,
        job.training,
        outcome.history,
        _provenance(job, outcome),
        job.threads,
    )


def _provenance(job: Job, outcome: Outcome) -> Provenance:
    """What is known of a model once its run has ended."""
    validation = job.validation_part
    rows = RowCounts(job.training_part.n_rows, 0 if validation is None else validation.n_rows)
    return made_now(outcome.engine, rows, outcome.ended)


def made_now(engine: str, rows: RowCounts, ended: Ended) -> Provenance:
    """Return what is known of a model that is made now, by these versions."""
    return Provenance(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        versions={
            "forpass": own_version(),
            "numpy": np.__version__,
            "python": PYTHON,
        },
        engine=engine,
        rows=rows,
        ended=ended,
    )


def _vector(spec: NetworkSpec, parameters: Mapping[str, ArrayLike] | ArrayLike | None) -> NDArray[Any] | None:
    """Lay named parameters into one vector."""
    if isinstance(parameters, Mapping):
        return lower(spec).parameters.flatten(parameters)
    return None if parameters is None else np.asarray(parameters)
