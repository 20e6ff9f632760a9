"""Which rows a member learns from and which it leaves out."""

import numpy as np
import pytest
from recipe_problems import problem

from forpass.errors import DataError
from forpass.recipes import Folds
from forpass.recipes.members import parts_of, seed_of

FOUR = Folds(1, 4, 4, 1)


def test_each_row_is_left_out_once_and_those_of_one_part_twice():
    parts = parts_of(problem("two", 50), FOUR, seed=3)
    left_out = np.bincount(np.concatenate([part.left_out for part in parts]), minlength=50)
    assert left_out.min() == 1
    assert sorted({*left_out.tolist()}) == [1, 2]
    assert (left_out == 2).sum() == len(parts[-1].left_out)
    for part in parts:
        assert np.array_equal(np.sort(np.concatenate([part.learnt, part.left_out])), np.arange(50))


def test_rows_are_dealt_anew_for_those_again():
    parts = parts_of(problem("two", 50), Folds(1, 4, 4, 4), seed=3)
    assert [(part.repeat, part.fold) for part in parts] == [(r, f) for r in (0, 1) for f in range(4)]
    assert not np.array_equal(parts[0].left_out, parts[4].left_out)


def test_classes_are_shared_evenly_and_a_class_of_three_rows_is_learnt_by_all():
    three = problem("three", 63)
    labels = np.where(np.arange(63) < 3, 2, np.arange(63) % 2)
    for part in parts_of(problem("three", 63, keys={"labels": labels}), FOUR, seed=0):
        assert np.bincount(labels[part.learnt], minlength=3).min() >= 2
    assert len(parts_of(three, FOUR, 0)) == 5


@pytest.mark.parametrize("kind", ["two", "three"])
def test_the_only_row_of_a_class_is_learnt_by_all_and_left_out_by_none(kind):
    one = problem(kind, 50)
    if kind == "two":
        one.truth[:], one.truth[7] = 0.0, 1.0
    else:
        one.truth[:] = np.eye(3)[np.arange(50) % 2]
        one.truth[7] = [0.0, 0.0, 1.0]
    left_out = np.zeros(50, int)
    for part in parts_of(one, FOUR, seed=2):
        assert 7 in part.learnt and len(part.learnt) + len(part.left_out) == 50
        left_out[part.left_out] += 1
    assert left_out[7] == 0 and np.delete(left_out, 7).min() == 1
    # where each row has a class of its own, all of them are dealt out
    few = problem("three", 3)
    few.truth[:] = np.eye(3)
    assert sum(len(part.left_out) for part in parts_of(few, Folds(1, 3, 3, 0), seed=2)) == 3


def test_groups_stay_together():
    groups = np.arange(60) // 6
    for part in parts_of(problem("values", 60, keys={"groups": groups}), FOUR, seed=1):
        assert not {*groups[part.learnt]} & {*groups[part.left_out]}


def test_the_past_is_learnt_from_and_the_last_part_comes_again():
    times = np.random.default_rng(0).permutation(60).astype(float)
    parts = parts_of(problem("values", 60, keys={"times": times}), FOUR, seed=1)
    for part in parts:
        assert times[part.learnt].max() < times[part.left_out].min()
    assert [(part.repeat, part.fold) for part in parts] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3)]


def test_rows_without_weight_take_no_part():
    counts = np.ones(40)
    counts[::4] = 0.0
    for part in parts_of(problem("values", 40, counts=counts), FOUR, seed=1):
        assert counts[part.learnt].all()
        assert counts[part.left_out].all()


@pytest.mark.parametrize(
    ("keys", "n", "parts"),
    [({}, 3, 3), ({"groups": np.arange(9) // 4}, 9, 3), ({"times": np.arange(6) // 2}, 6, 2)],
)
def test_few_rows_make_fewer_parts(keys, n, parts):
    assert len(parts_of(problem("values", n, keys=keys), Folds(1, 4, 4, 0), 0)) == parts


@pytest.mark.parametrize(
    ("keys", "n", "message"),
    [
        ({}, 1, "1 row cannot"),
        ({"groups": np.zeros(5)}, 5, "1 group of rows cannot .* leave the groups out"),
        ({"times": np.zeros(5)}, 5, "same time, .*; leave the time out"),
    ],
)
def test_what_cannot_be_divided_is_refused(keys, n, message):
    with pytest.raises(DataError, match=message):
        parts_of(problem("values", n, keys=keys), FOUR, 0)


def test_every_member_has_a_seed_of_its_own():
    seeds = {
        seed_of(*which)
        for which in [(0, "A", 0, 0, 0), (1, "A", 0, 0, 0), (0, "B", 0, 0, 0), (0, "A", 1, 0, 0)]
    }
    seeds |= {seed_of(0, "A", 0, repeat, fold) for repeat in range(2) for fold in range(4)}
    assert len(seeds) == 4 + 7
    assert max(seeds) < 2**64
