"""What `Sizes` keeps is what it was told: sizes of weights, gradients and updates of each epoch."""

import numpy as np
import pytest

import forpass as fp
from forpass.errors import SpecError

RNG = np.random.default_rng(0)
DATA = fp.Data(RNG.normal(size=(40, 3)), targets=RNG.normal(size=40))
SPEC = fp.multilayer(3, [5, 4], 1, "squared", activation="tanh")


def size(array):
    return np.sqrt(np.mean(np.asarray(array, np.float64) ** 2))


def test_sizes_are_those_of_the_run():
    seen, probe, sizes = [], DATA.rows(np.arange(7)), fp.Sizes(DATA.rows(np.arange(7)))

    def listener(event):
        if isinstance(event, fp.TrainingStarted | fp.EpochEnded):
            seen.append((event.run.parameters(), event.run.gradients(probe)))
        return sizes(event)

    model = fp.train(SPEC, fp.TrainingSpec(epochs=3, batch_size=8), DATA, listener=listener)
    assert [record.epoch for record in sizes.records] == [0, 1, 2, 3]
    for record, (weights, gradients) in zip(sizes.records, seen, strict=True):
        assert record.weights == pytest.approx({name: size(W) for name, W in weights.items()}, rel=1e-12)
        assert record.gradients == pytest.approx({name: size(W) for name, W in gradients.items()}, rel=1e-12)
    for record, (before, _), (after, _) in zip(sizes.records[1:], seen, seen[1:], strict=False):
        moved = {name: size(after[name].astype(float) - before[name]) for name in after}
        assert record.updates == pytest.approx(moved, rel=1e-5)  # a difference in float32
    assert sizes.records[0].updates == {}
    assert sizes.shapes == {name: W.shape for name, W in model.weights.items()}


def test_what_is_computed_does_not_depend_on_it():
    training = fp.TrainingSpec(epochs=3, batch_size=8)
    plain = fp.train(SPEC, training, DATA)
    assert np.array_equal(plain.parameters, fp.train(SPEC, training, DATA, listener=fp.Sizes()).parameters)


def test_runs_side_by_side_have_records_each():
    sizes = fp.Sizes()
    jobs = [fp.Job(SPEC, fp.TrainingSpec(epochs=n), DATA, rows=np.arange(20)) for n in (2, 4)]
    fp.train_many(jobs, listener=sizes)
    assert sorted(len(records) for records in sizes.runs) == [3, 5]
    assert sizes.records is sizes.runs[-1]
    assert fp.Sizes().records == []


def test_the_probe_is_of_the_training_rows():
    rows, told = np.arange(5, 15), []
    fp.train_many([fp.Job(SPEC, fp.TrainingSpec(epochs=1), DATA, rows=rows)], listener=told.append)
    sizes = fp.Sizes()
    fp.train_many([fp.Job(SPEC, fp.TrainingSpec(epochs=1), DATA, rows=rows)], listener=sizes)
    started = next(event for event in told if isinstance(event, fp.EpochEnded))
    gradients = started.run.gradients(DATA.rows(rows))
    assert sizes.records[-1].gradients == pytest.approx({n: size(g) for n, g in gradients.items()}, rel=1e-6)


def test_a_probe_that_is_no_data_is_refused():
    with pytest.raises(SpecError, match="probe of Sizes must be Data"):
        fp.Sizes(np.zeros((3, 3)))
