"""Leakage: which columns are named for counting the rows or telling the target, and which are not."""

import time
import warnings

import numpy as np
import pytest

from forpass.errors import ForpassWarning
from forpass.preprocessing import Preprocessing, leakage, read_columns
from forpass.preprocessing.leakage import counts_rows, determines

RNG = np.random.default_rng(3)
N = 400
NUMBERS = RNG.normal(size=N)
CLASSES = np.array(["a", "b", "c"])[RNG.integers(0, 3, N)]


def named(table, target, **settings):
    """Return the messages of learning, with the columns they name."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Preprocessing.learn({**table, "other": RNG.normal(size=N)}, target, **settings)
    return [str(w.message) for w in caught]


def column(values):
    return read_columns({"c": values}).columns["c"]


@pytest.mark.parametrize(
    ("values", "does"),
    [
        (np.arange(100), True),
        (np.arange(100)[::-1] * 7 + 1000, True),
        (RNG.permutation(100) + 5_000_000, True),
        (RNG.permutation(150)[:100].astype(float), True),
        (np.sort(RNG.choice(10**6, 100, replace=False)).astype(np.uint32), True),
        (np.arange(2**63 - 100, 2**63 - 1, dtype=np.uint64), True),
        ((RNG.permutation(200) - 100).astype(np.int8), True),
        (np.arange(20), False),  # too few to tell
        (RNG.choice(10**6, 100, replace=False), False),  # whole numbers in no order
        (RNG.integers(0, 100, 100), False),
        (np.r_[RNG.permutation(100), 120, 120], False),
        (np.arange(100) + 0.5, False),
        (np.r_[np.arange(99.0), np.nan], False),
        (np.repeat(np.arange(50), 2), False),
        (np.zeros(100), False),
    ],
)
def test_whole_numbers_that_count_the_rows(values, does):
    assert counts_rows(column(values)) is does


def test_what_counts_the_rows_is_named_unless_its_kind_is_said():
    table = {"id": np.arange(N) + 1000, "y": NUMBERS}
    (message,) = named(table, "y")
    assert message.startswith("column 'id' counts the rows, as identifiers do; leave it out (kind drop)")
    assert named(table, "y", schema={"id": "number"}) == named(table, "y", schema={"id": "drop"}) == []


MONTHS = RNG.integers(1, 13, N)


@pytest.mark.parametrize(
    ("values", "target"),
    [
        (2.54 * NUMBERS - 7, NUMBERS),
        (-NUMBERS, NUMBERS),
        (np.exp(NUMBERS), NUMBERS),
        (np.round(NUMBERS, 1), NUMBERS),  # a rounded copy
        ([f"{x:.6f}" for x in NUMBERS], NUMBERS),
        ((NUMBERS * 1e6).astype("int64").astype("datetime64[m]"), NUMBERS),
        ([{"a": "x", "b": "y", "c": "z"}[c] for c in CLASSES], CLASSES),
        ([{"a": 3, "b": 1, "c": 2}[c] for c in CLASSES], CLASSES),
        ([{"a": "x1", "b": "x2", "c": "z"}[c] + str(i % 7) for i, c in enumerate(CLASSES)], CLASSES),
        ([None if c == "a" else 5.0 for c in CLASSES], CLASSES == "a"),  # missing where it is so
        (CLASSES == "b", CLASSES == "b"),
        (NUMBERS + 10 * (CLASSES == "a"), CLASSES == "a"),
        (MONTHS, MONTHS % 4),
        (CLASSES, [{"a": 10.5, "b": 20.5, "c": 1.5}[c] for c in CLASSES]),
    ],
)
def test_what_leaks_the_target_is_named(values, target):
    (message,) = named({"leak": values, "y": target}, "y")
    assert message.startswith("column 'leak' leaks the target 'y'; leave it out (kind drop) if it is not")


@pytest.mark.parametrize(
    ("values", "target"),
    [
        (NUMBERS + 0.01 * RNG.normal(size=N), NUMBERS),
        (NUMBERS, CLASSES),
        (NUMBERS, (NUMBERS + 0.1 * RNG.normal(size=N) > 0)),
        (np.where((CLASSES == "a") ^ (np.arange(N) == 7), "x", "y"), CLASSES == "a"),  # but for one row
        (["z", "z", *"ab" * (N // 2 - 1)], np.r_[np.ones(2), np.zeros(N - 2)]),  # a rare class, by chance
        ([f"group {i // 4}" for i in range(N)], [i // 4 % 2 for i in range(N)]),  # four rows a value
        ([i // 200 for i in range(N)], NUMBERS),
    ],
)
def test_what_is_only_related_is_not(values, target):
    assert not [m for m in named({"x": values, "y": target}, "y") if "leaks the target" in m]


def test_few_rows_are_no_proof():
    table = {"x": np.arange(40) * 1.5, "y": np.arange(40) * 2.0 + 0.5}
    Preprocessing.learn(table, "y")  # a warning is an error


def test_only_training_rows_are_looked_at():
    leak = np.where(np.arange(N) < 300, NUMBERS, 0.0)
    assert len(named({"leak": leak, "y": NUMBERS}, "y", rows=np.arange(300))) == 1
    assert named({"leak": leak, "y": NUMBERS}, "y") == []


def test_one_of_several_targets_is_named():
    table = {"leak": 3 * NUMBERS, "y": NUMBERS, "z": RNG.normal(size=N)}
    assert ["'z'" in m for m in named(table, ["z", "y"])] == [False]
    # several 0/1 columns of classes are one target: to know one class is not to know them all
    table = {name: (name == CLASSES) * 1 for name in "abc"} | {"half": NUMBERS + 9 * (CLASSES == "a")}
    assert named(table, ["a", "b", "c"]) == []
    table["all"] = CLASSES
    assert len(named(table, ["a", "b", "c"])) == 1


def test_ranks_of_two_orders():
    x, y = np.arange(60), np.arange(60)[::-1].copy()
    assert determines(x, y, ordered=True, numbers=True)
    assert not determines(x, y, ordered=False, numbers=True)
    y[[3, 4]] = y[[4, 3]]
    assert not determines(x, y, ordered=True, numbers=True)


@pytest.mark.slow
def test_it_costs_next_to_nothing():
    n, rng = 200_000, np.random.default_rng(0)
    table = {f"x{j}": rng.normal(size=n) for j in range(20)} | {"y": rng.normal(size=n)}
    with_target, without = [], []
    for _ in range(3):
        for taken, target in ((with_target, "y"), (without, None)):
            start = time.perf_counter()
            Preprocessing.learn(table, target)
            taken.append(time.perf_counter() - start)
    assert min(with_target) < 3 * min(without) + 0.5  # 0.4 s and 0.2 s when measured


def test_a_false_alarm_would_be_an_error():
    with pytest.warns(ForpassWarning):
        Preprocessing.learn({"x": NUMBERS, "y": NUMBERS}, "y")


@pytest.mark.parametrize("seed", range(60))
def test_few_rows_refute_nothing_that_all_rows_show(monkeypatch, seed):
    """The short way out is taken for some columns, and for none of those that are named."""
    random = np.random.default_rng(seed)
    n = int(random.integers(130, 2500))
    y = random.normal(size=n) if seed % 2 else random.integers(0, 4, n).astype(float)
    table = {
        "noise": random.normal(size=n),
        "multiple": -3.0 * y,
        "nearly": np.where(random.random(n) < 3 / n, 0.0, y),
        "rounded": np.round(y, int(random.integers(0, 3))),
        "few": random.integers(0, max(2, n // int(random.integers(3, 8))), n),
        "gaps": np.where(random.random(n) < 0.1, np.nan, y),
        "many": random.integers(0, n, n),
    }

    def messages():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            task = "regression" if seed % 2 else "classification"
            Preprocessing.learn(read_columns({**table, "y": y}), "y", task=task)
        return [str(w.message) for w in caught]

    shortly = messages()
    asked = []
    cannot = leakage._cannot_leak
    monkeypatch.setattr(leakage, "_cannot_leak", lambda *given: asked.append(cannot(*given)) and False)
    assert messages() == shortly
    assert any(asked), "the short way was never taken"
    assert any("'multiple' leaks" in message for message in shortly)
