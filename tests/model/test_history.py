"""Histories of trainings that went on from others."""

import numpy as np

from forpass.model.history import MOST_KEPT, EpochRecord, continued


def records(n, seconds=0.5):
    return [EpochRecord(i, 3 * i, 1.0 / i, 0.0, 0.1, seconds * i) for i in range(1, n + 1)]


def test_epochs_steps_and_seconds_go_on():
    found = continued(records(4), records(3))
    assert [record.epoch for record in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [record.step for record in found] == [3, 6, 9, 12, 15, 18, 21]
    assert found[-1].seconds == 3.5 and found[-1].training_loss == 1.0 / 3.0
    assert list(continued((), records(3))) == records(3) and not continued((), ())


def test_of_a_long_one_records_are_left_out_evenly():
    found = continued(records(150), records(250))
    epochs = np.array([record.epoch for record in found])
    assert len(found) == MOST_KEPT and epochs[-1] == 400
    assert set(np.diff(epochs)) == {4}
    assert len(continued(found, records(1))) == MOST_KEPT
