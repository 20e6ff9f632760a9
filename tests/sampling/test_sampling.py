"""Chance as a function: golden numbers that may never change, uniformity, and honest splits."""

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from later import later

from forpass.errors import DataError, UnknownNameError
from forpass.maths.philox import words
from forpass.sampling.initial import initial_values
from forpass.sampling.order import block_order, draws, permutation
from forpass.sampling.splits import split_off
from forpass.sampling.streams import STREAMS, counter_words, stream_key
from forpass.spec.initializer import Initializer
from forpass.spec.layers import Activation, BatchNorm, Dense, Embedding
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.program import lower

stats = later("scipy.stats")

KEY = stream_key(0, "order")
seeds = st.integers(0, 2**64 - 1)


# -- golden numbers: recorded runs depend on them, so a change here is a change of what forpass computes --


def test_streams_may_never_change():
    assert STREAMS == {
        "parameters": 1,
        "order": 2,
        "dropout": 3,
        "test": 4,
        "check": 5,
        "validation": 6,
        "first_rows": 7,
        "adjustments": 8,
        "bootstrap": 9,
        "folds": 10,
        "inner_folds": 11,
        "members": 12,
        "importance": 13,
        "trials": 14,
        "sampled_rows": 15,
        "background": 16,
        "explanation": 17,
    }
    assert {stream: stream_key(0, stream) for stream in STREAMS} == {
        "parameters": (4175744164, 1555169499),
        "order": (83534633, 1372009126),
        "dropout": (3381718825, 1782871206),
        "test": (4013802324, 2979262830),
        "check": (1934136315, 119182898),
        "validation": (3064941560, 3467676723),
        "first_rows": (2830310705, 182738035),
        "adjustments": (1069984100, 2693661596),
        "bootstrap": (2531852732, 718943162),
        "folds": (3614953066, 3503513258),
        "inner_folds": (2700470914, 162590354),
        "members": (2773065040, 1080396859),
        "importance": (1524589663, 2528474259),
        "trials": (139634384, 152377742),
        "sampled_rows": (2733143669, 3811892236),
        "background": (2506207253, 1735049551),
        "explanation": (1797680867, 438449842),
    }
    assert stream_key(2**64 - 1, "order") == (392319618, 1866302998)


def test_order_may_never_change():
    assert permutation(10, KEY, 0).tolist() == [7, 6, 5, 3, 9, 2, 4, 1, 0, 8]
    assert permutation(10, KEY, 1).tolist() == [6, 0, 2, 9, 8, 5, 1, 4, 3, 7]
    assert permutation(10, KEY, 2**32).tolist() == [6, 8, 9, 1, 2, 0, 7, 3, 5, 4]
    drawn = draws(100, 8, KEY, np.array([0, 1, 0]))
    assert drawn[0].tolist() == drawn[2].tolist() == [51, 6, 78, 88, 8, 46, 64, 24]
    assert drawn[1].tolist() == [85, 4, 84, 80, 69, 99, 25, 61]


def test_masks_may_never_change():
    drawn = words(16, stream_key(0, "dropout"), (3, 7, 0))  # layer 3, step 7
    assert [f"{word:08x}" for word in drawn[:4].tolist()] == ["cefd2fb1", "ab6fd0ff", "717b28d1", "24492cf3"]
    assert (drawn < 2**31).astype(int).tolist() == [0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0]


def test_initial_values_may_never_change():
    layers = (
        Embedding(1),
        Dense(2),
        BatchNorm(),
        Dense(1, weights="he_normal", biases=Initializer("uniform_fan_in")),
    )
    program = lower(NetworkSpec(2, layers, Head("squared"), code_sizes=(2,)))
    views = program.parameters.views(initial_values(program.parameters, 0))
    golden = {
        "E1": [[0.6567426018341638], [0.33919953722852764]],
        "W1": [
            [-1.0162409544120703, -0.2151297145702586],
            [0.42610585814194046, 0.03412547208089263],
            [0.9296750360275865, 0.30804296759406663],
        ],
        "b1": [0.0, 0.0],
        "gamma1": [1.0, 1.0],
        "beta1": [0.0, 0.0],
        "W2": [[0.25105845912543867], [2.453609681327919]],
        "b2": [0.033716492347705636],
    }
    assert list(views) == list(golden)
    for name, numbers in golden.items():
        # the last digit of a logarithm is the C library's affair
        np.testing.assert_allclose(views[name], numbers, rtol=4e-16 if name != "W2" else 1e-14, atol=0)


def test_split_may_never_change():
    assert split_off(12, 0.25, 0)[1].tolist() == [4, 5, 7]


# -- streams ------------------------------------------------------------------------------------------


@pytest.mark.slow
@given(seeds)
def test_streams_and_seeds_differ(seed):
    keys = [stream_key(seed, stream) for stream in STREAMS]
    keys += [stream_key(seed ^ 1, stream) for stream in STREAMS] + [stream_key(seed ^ 2**63, "order")]
    assert len(set(keys)) == len(keys)
    assert all(0 <= word < 2**32 for key in keys for word in key)


def test_unknown_stream():
    with pytest.raises(UnknownNameError, match="did you mean 'dropout'"):
        stream_key(0, "droput")


@given(seeds)
def test_counter_words_lose_nothing(number):
    low, high = counter_words(number)
    assert low + 2**32 * high == number and low < 2**32


# -- orders -------------------------------------------------------------------------------------------


@given(st.integers(0, 60), seeds, st.integers(0, 2**64 - 1))
def test_permutation_is_one(n, seed, epoch):
    order = permutation(n, stream_key(seed, "order"), epoch)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(n))


@given(st.integers(1, 200), st.integers(1, 50), seeds, st.integers(0, 2**64 - 1))
def test_blocks_stay_together_and_are_shuffled_within(n, size, seed, epoch):
    order = block_order(n, size, seed)(epoch)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(n))
    block = order // size
    assert np.count_nonzero(np.diff(block)) == block.max()  # it changes once between each two blocks


def test_block_orders_differ_by_epoch_seed_and_block():
    orders = [block_order(64, 16, seed)(epoch) for seed in range(3) for epoch in range(3)]
    assert len({tuple(order.tolist()) for order in orders}) == 9
    assert len({tuple((order[order // 16 == 0]).tolist()) for order in orders}) == 9
    within = [tuple((orders[0][orders[0] // 16 == b] % 16).tolist()) for b in range(4)]
    assert len(set(within)) == 4
    firsts = [int(block_order(64, 16)(epoch)[0]) // 16 for epoch in range(200)]
    assert min(firsts.count(b) for b in range(4)) > 25  # 50 expected


@pytest.mark.parametrize(("n", "size"), [(0, 4), (4, 0)])
def test_no_blocks_of_nothing(n, size):
    with pytest.raises(DataError, match="must be at least 1; got 0"):
        block_order(n, size)


@given(st.integers(1, 1000), st.integers(0, 50), seeds, st.integers(0, 2**63 - 1))
def test_draws_are_in_range(n, count, seed, step):
    drawn = draws(n, count, stream_key(seed, "order"), np.array([step, 0]))
    assert drawn.dtype == np.int64 and drawn.shape == (2, count)
    assert np.all((drawn >= 0) & (drawn < n))


def chi_square_p(counts):
    return stats.chisquare(np.asarray(counts).ravel()).pvalue


@pytest.mark.slow
def test_every_order_of_four_is_as_likely():
    seen = [tuple(permutation(4, KEY, epoch).tolist()) for epoch in range(4800)]
    counts = [seen.count(order) for order in sorted(set(seen))]
    assert len(counts) == 24
    assert 0.001 < chi_square_p(counts) < 0.999


@pytest.mark.slow
def test_every_example_stands_everywhere_equally_often():
    n, epochs = 20, 2000
    places = np.zeros((n, n), int)
    for epoch in range(epochs):
        places[permutation(n, KEY, epoch), np.arange(n)] += 1
    for example in places:
        assert chi_square_p(example) > 1e-5  # 20 looks
    # rows and columns sum to the number of epochs: (n - 1)^2 degrees of freedom
    statistic = np.sum((places - epochs / n) ** 2) / (epochs / n)
    assert 0.001 < stats.chi2.sf(statistic, (n - 1) ** 2) < 0.999


def test_draws_are_uniform_and_repeat():
    counts = np.zeros(50, int)
    for drawn in draws(50, 50, KEY, np.arange(400)):
        counts += np.bincount(drawn, minlength=50)
        assert len(set(drawn.tolist())) < 50  # 50 of 50 without a repetition: probability 3e-21
    assert 0.001 < chi_square_p(counts) < 0.999


def test_epochs_and_seeds_have_their_own_order():
    orders = [
        permutation(50, stream_key(seed, "order"), epoch).tolist() for seed in range(5) for epoch in range(5)
    ]
    for i, one in enumerate(orders):
        for other in orders[:i]:
            assert sum(a == b for a, b in zip(one, other, strict=True)) < 10  # 1 is expected


# -- initial values -------------------------------------------------------------------------------------


def first_blocks(layers, seed, count):
    program = lower(NetworkSpec(3, layers, Head("squared")))
    blocks = program.parameters.blocks[:count]
    values = initial_values(program.parameters, seed)
    return [(block.name, values[block.slice].tolist()) for block in blocks]


@pytest.mark.slow
@given(seeds)
def test_layers_on_top_leave_those_below_as_they_were(seed):
    below = (Dense(4, biases="uniform_fan_in"), Activation("tanh"), Dense(2, biases="uniform_fan_in"))
    small = first_blocks(below, seed, 4)
    assert first_blocks((*below, BatchNorm(), Dense(7), Dense(3)), seed, 4) == small
    assert first_blocks(below, seed ^ 1, 4) != small


def test_blocks_of_one_shape_differ():
    layers = (Dense(3), Dense(3))
    (_, first), _, (_, second), _ = first_blocks(layers, 0, 4)
    assert first != second


# -- splits -------------------------------------------------------------------------------------------


@settings(max_examples=examples(200))
@given(st.integers(2, 80), st.floats(0.02, 0.98), seeds)
def test_counts_are_exact(n, fraction, seed):
    wanted = max(1, round(n * fraction))
    if wanted == n:
        wanted = n - 1
    rest, apart = split_off(n, fraction, seed)
    assert len(apart) == wanted
    assert sorted([*rest.tolist(), *apart.tolist()]) == list(range(n))
    assert np.all(np.diff(rest) > 0) and np.all(np.diff(apart) > 0)


@settings(max_examples=examples(200))
@given(st.lists(st.integers(2, 30), min_size=1, max_size=5), st.floats(0.1, 0.9), seeds)
def test_every_class_is_divided_in_proportion(sizes, fraction, seed):
    labels = np.random.default_rng(seed).permutation(
        np.repeat([f"class {i}" for i in range(len(sizes))], sizes)
    )
    apart = split_off(len(labels), fraction, seed, labels=labels)[1]
    for i, size in enumerate(sizes):
        count = int(np.sum(labels[apart] == f"class {i}"))
        # one more than its due at most: for the sake of the total, which another class was too small for
        assert -1.0 < count - size * fraction <= 1.0 + 1e-9
        assert count < size  # what is measured must have been learnable
    assert len(apart) <= max(1, round(fraction * len(labels)))


def test_a_class_of_one_is_learnt_from():
    labels = np.array([0] * 9 + [1])
    for seed in range(20):
        assert 9 in split_off(10, 0.5, seed, labels=labels)[0]


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(st.lists(st.integers(0, 8), min_size=2, max_size=60), st.floats(0.05, 0.95), seeds)
def test_groups_stay_whole(groups, fraction, seed):
    groups = np.array(groups)
    if len(set(groups.tolist())) == 1:
        with pytest.raises(DataError, match="one group"):
            split_off(len(groups), fraction, seed, groups=groups)
        return
    rest, apart = split_off(len(groups), fraction, seed, groups=groups)
    assert not set(groups[rest].tolist()) & set(groups[apart].tolist())
    assert len(rest) + len(apart) == len(groups)
    largest = max(np.bincount(groups))
    assert abs(len(apart) - fraction * len(groups)) <= largest


@settings(max_examples=examples(200))
@given(st.lists(st.integers(0, 20), min_size=2, max_size=60), st.floats(0.05, 0.95))
def test_the_latest_are_split_off(times, fraction):
    times = np.array(times)
    if len(set(times.tolist())) == 1:
        with pytest.raises(DataError, match="all rows have the same time"):
            split_off(len(times), fraction, 0, times=times)
        return
    rest, apart = split_off(len(times), fraction, 0, times=times)
    assert times[rest].max() < times[apart].min()
    assert len(rest) + len(apart) == len(times)


@pytest.mark.parametrize(
    ("n", "fraction", "count"), [(10, 0.2, 2), (100, 0.07, 7), (1000, 0.29, 290), (5, 0.01, 1)]
)
def test_counts_of_distinct_times_are_exact(n, fraction, count):
    # 0.07 * 100 is 7.000000000000001
    times = np.random.default_rng(0).permutation(n)
    rest, apart = split_off(n, fraction, 0, times=times)
    assert sorted(times[apart].tolist()) == list(range(n - count, n))
    assert len(rest) == n - count


def test_seeds_split_off_other_rows():
    splits = {tuple(split_off(40, 0.25, seed)[1].tolist()) for seed in range(10)}
    assert len(splits) == 10


@pytest.mark.slow
def test_every_row_is_split_off_equally_often():
    counts = np.zeros(20, int)
    for seed in range(1000):
        counts[split_off(20, 0.25, seed)[1]] += 1
    assert counts.sum() == 5000
    # without replacement the variance is smaller by 15/20 than a chi-square test assumes
    assert stats.chi2.sf(np.sum((counts - 250) ** 2) / (250 * 0.75) * 19 / 20, 19) > 0.001


@pytest.mark.parametrize(
    ("n", "fraction", "more", "message"),
    [
        (10, 0.0, {}, "between 0 and 1; got 0.0"),
        (10, 1.0, {}, "between 0 and 1; got 1.0"),
        (1, 0.5, {}, r"1 row\(s\) cannot be split"),
        (2, 0.5, {"groups": [1, 2], "times": [1, 2]}, "give one of them"),
        (3, 0.5, {"labels": [0, 1, 2]}, "leaves none on one side"),
        (3, 0.5, {"groups": ["a", "a", "a"]}, "one group, .*; add rows of other groups, or leave"),
    ],
)
def test_what_cannot_be_split(n, fraction, more, message):
    with pytest.raises(DataError, match=message):
        split_off(n, fraction, 0, **{name: np.array(values) for name, values in more.items()})
