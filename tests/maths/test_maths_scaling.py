"""Scaling of numbers, against values worked out by hand, and the same bits however many rows there are."""

import math

import numpy as np
import pytest

from forpass.maths.scaling import scaled, smooth_clip
from forpass.preprocessing.kinds import scaling as of_columns


def test_the_clip_is_smooth_and_ends_at_3():
    # 4 / sqrt(1 + 16/9) = 4 / (5/3) = 2.4
    clipped = smooth_clip(np.array([0.0, 3.0, 4.0, -4.0, -1e9])).tolist()
    assert clipped == pytest.approx([0.0, 3.0 / math.sqrt(2.0), 2.4, -2.4, -3.0])
    assert smooth_clip(np.array([1e300, -np.inf])).tolist() == [3.0, -3.0]
    assert math.copysign(1.0, smooth_clip(np.float64(-0.0))) == -1.0
    assert math.isnan(smooth_clip(np.float64(np.nan)))


def test_numbers_are_moved_before_they_are_clipped():
    assert scaled(np.array([12.0, 4.0]), 4.0, 0.5).tolist() == pytest.approx([2.4, 0.0])


def test_many_rows_are_scaled_as_each_alone(monkeypatch):
    values = np.random.default_rng(0).standard_normal(50) * 1e3
    values[::7] = np.nan
    values[3], values[4] = np.inf, -1e308
    alone = [of_columns.scaled(values[i : i + 1], 3.0, 0.01)[0] for i in range(50)]
    each = of_columns.scaled_each(values, np.full(50, 3.0), np.full(50, 0.01))
    monkeypatch.setattr(of_columns, "ROWS_OF_A_BLOCK", 8)
    found = of_columns.scaled(values, 3.0, 0.01)
    assert found.tobytes() == each.tobytes() == np.array(alone).tobytes()
    assert (found[np.isnan(values)] == 0.0).all()
    assert found[3:5].tolist() == [3.0, -3.0]
