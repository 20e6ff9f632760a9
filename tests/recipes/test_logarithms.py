"""Chains that learn logarithms: when they suit, what their networks predict, and that a blend takes them."""

from dataclasses import replace

import numpy as np
import pytest
from recipe_problems import problem, recipe

import forpass as fp
from forpass import Data, Head
from forpass.model.trained import TrainedModel
from forpass.recipes import Chain, Folds, LinearMember, Member, Problem, run_recipe
from forpass.recipes.chains import chains_to_try
from forpass.recipes.logarithms import Logarithms, suit

PLAIN = Member(hidden=(8,), learning_rate=0.1)
LOG = replace(PLAIN, transform="log")
CHAINS = Chain("R", PLAIN, (8,)), Chain("L", LOG, (8, 8)), Chain("linear", LinearMember())


def with_targets(change, n=300, **more):
    """The problem of `recipe_problems`, with other values, standardised."""
    before = problem(n=n, **more)
    T = change(before.truth)
    T = ((T - T.mean(axis=0)) / T.std(axis=0)).astype(np.float32)
    return Problem(Data(before.data.numbers, targets=T), before.inputs, Head("squared"), T.shape[1])


def heavy(n=300):
    return with_targets(lambda T: np.exp(2.0 * T), n)


@pytest.mark.parametrize(
    ("change", "suits"),
    [
        (lambda T: np.exp(2.0 * T), True),
        (lambda T: T, False),
        (lambda T: -np.exp(2.0 * T), False),
        (lambda T: np.hstack([np.exp(2.0 * T), T]), False),
        # one value lies far below all others: of the distance from it, logarithms change nothing
        (lambda T: np.where(np.arange(len(T))[:, None] == 0, -1e5, np.exp(2.0 * T)), False),
    ],
    ids=["few are large", "symmetric", "few are small", "two outputs", "far from the least"],
)
def test_logarithms_suit_values_of_which_few_are_large(change, suits):
    rows = with_targets(change)
    assert suit(rows) == suits
    assert [chain.name for chain in chains_to_try(recipe(*CHAINS), rows)] == (
        ["R", "L", "linear"] if suits else ["R", "linear"]
    )


def test_a_recipe_that_knows_nothing_else_takes_them_all_the_same():
    only = recipe(*CHAINS[1:2])
    assert chains_to_try(only, problem()) == only.values
    assert not suit(problem("two"))


@pytest.mark.slow
def test_the_network_for_users_predicts_what_was_judged_out_of_fold():
    rows = heavy()
    blend = run_recipe(recipe(*CHAINS[1:2], min_improvement=0.0, max_loss_ratio=9.0), rows, 0)
    assert [candidate.rung for candidate in blend.candidates] == [0, 1]
    for candidate in blend.candidates:
        for member in candidate.members:
            model = TrainedModel(member.spec, member.parameters, member.buffers)
            raw = model.raw_scores(rows.data.rows(member.part.left_out))
            assert raw == pytest.approx(member.seen.raw, rel=2e-4, abs=2e-5)


def test_the_second_rung_begins_where_the_first_ended():
    frozen = replace(LOG, learning_rate=1e-12, weight_decay=0.0)
    chain = Chain("L", frozen, (1, 1))
    blend = run_recipe(recipe(chain, min_improvement=0.0, max_loss_ratio=9e9), heavy(60), 0)
    first, second = (candidate.members[0] for candidate in blend.candidates)
    assert second.learnt == pytest.approx(first.learnt, abs=1e-8)
    assert second.parameters == pytest.approx(first.parameters, rel=1e-5)


def test_the_smearing_estimate_is_the_mean_exponential_of_the_residuals():
    rows = heavy()
    logs = Logarithms.of(rows)
    rng = np.random.default_rng(0)
    residuals = 0.3 * rng.choice([-1.0, 1.0], size=rows.truth.shape)
    g = logs.unit.standardised(rows.truth) * logs.unit.std + logs.unit.mean
    middle = (g > 0.3) & (g + 0.3 < logs.top)
    Z = ((g + residuals - logs.unit.mean) / logs.unit.std)[middle[:, 0]]
    truth = rows.truth[middle[:, 0]]
    expected = np.mean(np.exp(-residuals[middle]))
    assert logs.factor(Z, truth, np.ones(len(Z))) == pytest.approx([expected], rel=1e-6)


def test_beyond_the_largest_value_nothing_overflows():
    logs = Logarithms.of(heavy())
    values = logs.values(np.array([[1e3], [1e30], [-1e30]]), np.ones(1))
    assert np.isfinite(values).all() and values[0] < values[1]


@pytest.mark.slow
def test_a_blend_prefers_them_where_errors_grow_with_the_value_and_a_file_keeps_it(tmp_path):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((400, 3))
    y = 500.0 * np.exp(1.5 * X[:, 0] + 0.5 * rng.standard_normal(400)) + 20.0
    table = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "pay": y}
    small = recipe(*CHAINS, folds=(Folds(1, 3, 3, 1),), epoch_scaling=(400.0, 1.0, 1.0))
    model = fp.train_table(table, "pay", preset=small)
    tried = {one["chain"]: one["weight"] for one in model.provenance.recipe["candidates"]}
    assert tried["L"] > 0.5
    predicted = model.predict(table)
    assert y.min() <= predicted.min() and predicted.max() <= y.max()
    low, high = model.predict_interval(table, 0.8).T
    assert np.mean((low <= y) & (y <= high)) > 0.7
    again = fp.load(model.save(tmp_path / "m.forpass"))
    assert np.array_equal(again.predict(table), predicted)
    assert "log" in str(model.report())


@pytest.mark.slow
def test_rows_in_time_are_refitted():
    rows = heavy(120)
    in_time = Problem(rows.data, rows.inputs, rows.head, 1, keys={"times": np.arange(120, dtype=np.float64)})
    blend = run_recipe(recipe(*CHAINS[1:2]), in_time, 0)
    assert blend.refitted
    member = blend.members[0].member
    P = TrainedModel(member.spec, member.parameters, member.buffers).raw_scores(rows.data)
    assert np.corrcoef(P[:, 0], rows.truth[:, 0])[0, 1] > 0.5
