"""From a member to its network and training: what depends on columns, rows and task."""

import math
from dataclasses import replace

import numpy as np
import pytest
from recipe_problems import PRESETS, problem, recipe

from forpass import Data, FeatureGroup, Head, TrainedModel
from forpass.recipes import Chain, Folds, Member, Problem, run_recipe
from forpass.recipes.networks import epochs_of, network_of, shows_statistics, training_of
from forpass.spec.input_layers import ValueStatistics
from forpass.spec.program import lower

FAST = PRESETS["fast"]
SQUARED, TWO, MORE = Head("squared"), Head("sigmoid_cross_entropy"), Head("softmax_cross_entropy")
PLAIN = FeatureGroup("a", "number", 1)
BINNED = FeatureGroup("b", "number", 1, edges=(0.0, 1.0, 2.0, 3.0), centres=(0.5, 0.5, 0.5))
VALUE, CODE = FeatureGroup("b", "value", 0, codes=4), FeatureGroup("c", "code", 0, codes=7)
EVERYTHING = Member(hidden=(8, 5), numbers=("piecewise", "periodic"), statistics=True)


def opcodes(member, inputs, head=SQUARED, outputs=1, recipe=FAST):
    return [op.opcode for op in lower(network_of(recipe, member, inputs, head, outputs)).operations]


def test_features_alone_make_a_plain_network():
    assert opcodes(Member(hidden=(8,)), [PLAIN, BINNED, VALUE]) == [
        *("columnwise", "affine", "columnwise", "dropout", "affine")
    ]


def test_everything_that_a_column_can_give():
    program = lower(network_of(FAST, EVERYTHING, [PLAIN, BINNED, VALUE, CODE], SQUARED, 1))
    found = [op.opcode for op in program.operations]
    assert found[:7] == ["embed", "lookup", "periodic", "concatenate", "columnwise", "affine", "piecewise"]
    assert found[7:] == ["add", "columnwise", "dropout", "affine", "columnwise", "dropout", "affine"]
    first, binned = program.operations[5:7]
    width = 2 + 8 + 1 + 2 * 3  # features, numbers of the code, a statistic, three of each number
    assert first.d_in == width
    # as if bins were columns of the same matrix
    assert first.settings == binned.settings == (1 / math.sqrt(width + 3),)


def test_what_a_table_has_not_is_left_out():
    assert opcodes(EVERYTHING, [FeatureGroup("d", "level", 3)]) == opcodes(
        replace(EVERYTHING, numbers=(), statistics=False), [FeatureGroup("d", "level", 3)]
    )
    narrow = replace(FAST, max_periodic=1)
    assert "periodic" not in opcodes(EVERYTHING, [PLAIN, BINNED], recipe=narrow)
    assert "periodic" in opcodes(EVERYTHING, [PLAIN, BINNED])


@pytest.mark.parametrize(("head", "outputs", "shown"), [(SQUARED, 2, True), (TWO, 1, True), (MORE, 3, False)])
def test_more_than_two_classes_see_no_statistics(head, outputs, shown):
    assert shows_statistics(EVERYTHING, [BINNED, VALUE], head, outputs) is shown
    assert ("lookup" in opcodes(EVERYTHING, [BINNED, VALUE], head, outputs)) is shown


def test_a_network_without_hidden_layers():
    assert opcodes(Member(hidden=()), [PLAIN]) == ["columnwise", "affine"]


def test_training_follows_from_rows():
    spec = network_of(FAST, Member(hidden=(8,)), [PLAIN], SQUARED, 1)
    few, many = (training_of(FAST, Member(), spec, 10, n, 0) for n in (300, 24_000))
    assert (few.batch_size, few.epochs) == (32, 40)
    assert (many.batch_size, many.epochs) == (256, 8)
    assert many.optimizer.by_role["scale"].learning_rate == 6.0
    assert set(many.optimizer.by_role) == {"bias", "scale", "slope"}
    assert epochs_of(FAST, 1, 10**7) == 1


def with_values(kind, n, seed=0):
    """A problem whose one column holds whole numbers that come again and again, and codes of these."""
    rng = np.random.default_rng(seed)
    code = rng.integers(0, n // 3, n)
    X = rng.permutation(n // 3)[code][:, None] / n
    data = Data(X.astype(np.float32), code[:, None].astype(np.int32), problem(kind, n, seed).data.targets)
    inputs = [FeatureGroup("x", "number", 1), FeatureGroup("x", "value", 0, codes=n // 3)]
    head = SQUARED if kind == "values" else TWO
    return Problem(data, inputs, head, data.targets.shape[1])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["values", "two", "labels"])
def test_statistics_of_chance_tell_nothing_out_of_fold(kind):
    """Each value stands in three rows: a row that saw its own target in the statistics would be known."""
    chance = with_values(kind, 600)
    chain = Chain("A", Member(hidden=(16,), statistics=True, dropout=0.0), (20,))
    blend = run_recipe(recipe(chain), chance, 0)
    mean = chance.truth.mean(axis=0)
    assert blend.loss > 0.97 * np.mean(np.sum((chance.truth - mean) ** 2, axis=1))


def test_statistics_that_tell_something_are_used():
    told = with_values("values", 600)
    truth = np.random.default_rng(1).standard_normal(200)[told.data.codes[:, 0]][:, None]
    told = replace(told, data=replace(told.data, targets=truth.astype(np.float32)))
    member = Member(hidden=(16,), learning_rate=0.1, dropout=0.0)
    chains = [Chain("A", replace(member, statistics=s), (20,)) for s in (True, False)]
    with_them, without = (run_recipe(recipe(chain), told, 0).loss for chain in chains)
    assert with_them < 0.8 * without


def test_users_get_what_was_judged_and_no_inner_folds():
    told = with_values("two", 300)
    chain = Chain("A", Member(hidden=(8,), statistics=True), (2, 2))
    blend = run_recipe(
        recipe(chain, min_improvement=0.0, max_loss_ratio=9.0, folds=(Folds(1, 2, 2, 1),)), told, 0
    )
    for candidate in blend.candidates:
        for member in candidate.members:
            layers = member.spec.layers[0].branches
            assert layers[1] == (ValueStatistics(folds=0),)
            assert len(member.buffers) == 100
            model = TrainedModel(member.spec, member.parameters, member.buffers)
            raw = model.raw_scores(told.data.rows(member.part.left_out))
            np.testing.assert_allclose(raw, member.seen.raw, rtol=1e-5, atol=1e-6)
