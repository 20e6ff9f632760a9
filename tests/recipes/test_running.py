"""Recipes carried out: what does not change the result, what is left out, and what is said out of fold."""

from dataclasses import replace

import numpy as np
import pytest
from recipe_problems import PRESETS, problem, recipe

from forpass.clock import Clock
from forpass.errors import DataError
from forpass.model import Scores
from forpass.recipes import Chain, Folds, LinearMember, Member, run_recipe
from forpass.recipes.chains import chains_to_try
from forpass.training.events import NetworkEnded

KINDS = ("values", "two", "three", "labels")


def bits(blend):
    """All that decides predictions, and all that is said of rows."""
    members = [share.member for share in blend.members]
    return (
        blend.weights,
        blend.calibration,
        blend.raw.tobytes(),
        [member.parameters.tobytes() for member in members],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_bits_do_not_depend_on_threads(kind):
    one, two = (bits(run_recipe(recipe(), problem(kind), 7, threads=threads)) for threads in (1, 2))
    assert one == two
    assert one != bits(run_recipe(recipe(), problem(kind), 8))


def test_another_chain_changes_no_other_member():
    few = recipe(Chain("A", Member(hidden=(8,)), (2,)), racing_ratio=100.0)
    more = recipe(Chain("new", Member(hidden=(3,)), (1,)), *few.values, racing_ratio=100.0)
    found = [run_recipe(r, problem(), 0).candidates for r in (few, more)]
    first, same = found[0][0], found[1][1]
    assert [member.parameters.tobytes() for member in first.members] == [
        m.parameters.tobytes() for m in same.members
    ]


def test_each_rung_goes_on_from_the_one_before():
    """A rung whose rate is nothing ends where it began: at the parameters of the one below."""
    chain = Chain("A", Member(hidden=(8,), learning_rate=1e-30, weight_decay=0.0), (1, 1))
    blend = run_recipe(recipe(chain, min_improvement=0.0, folds=(Folds(1, 2, 2, 0),)), problem(), 0)
    below, above = blend.candidates
    assert (below.rung, above.rung, above.epochs) == (0, 1, 2)
    for one, other in zip(below.members, above.members, strict=True):
        assert one.parameters.tobytes() == other.parameters.tobytes()
        assert one.training.seed != other.training.seed


@pytest.mark.parametrize("kind", KINDS)
def test_out_of_fold_no_member_has_seen_the_row(kind):
    """Targets that are chance: whoever had seen a row's would know it better."""
    rng, n = np.random.default_rng(0), 40
    chance = problem(kind, n)
    targets = rng.permutation(chance.data.targets)
    chance = replace(chance, data=replace(chance.data, targets=targets))
    member = Member(hidden=(64,), learning_rate=0.2, dropout=0.0, weight_decay=0.0)
    blend = run_recipe(recipe(Chain("A", member, (200,))), chance, 0)
    mean = chance.truth.mean(axis=0)
    assert blend.loss > 0.9 * np.mean(np.sum((chance.truth - mean) ** 2, axis=1))


def test_a_far_worse_candidate_is_not_trained_to_its_end():
    bad = Chain("bad", Member(hidden=(8,), learning_rate=1e-9), (1,))
    good = Chain("linear", LinearMember(1.0))
    line = problem("values", 90)
    line = replace(line, data=replace(line.data, targets=line.data.numbers[:, 2:]))
    raced = run_recipe(recipe(bad, good), line, 0)
    assert [c.chain.name for c in raced.candidates] == ["linear"]
    assert [(c.chain.name, len(c.members)) for c in raced.dropped] == [("bad", 2)]
    stays = run_recipe(recipe(bad, good, racing_ratio=1e9, max_loss_ratio=1e9), line, 0)
    assert [c.chain.name for c in stays.candidates] == ["bad", "linear"]
    assert stays.weights[1] > 0.9


def test_the_blend_is_what_its_members_say_together():
    """Probabilities out of fold are the members' own, weighed; each part is calibrated by the other."""
    two = problem("two", 80)
    blend = run_recipe(recipe(racing_ratio=1e9, folds=(Folds(1, 2, 2, 0),)), two, 0)
    P = np.zeros(80)
    for share in blend.members:
        part = share.member.part
        raw = share.sharpness * share.member.seen.raw
        P[part.left_out] += 2 * share.weight * Scores(two.head, raw).predictions.ravel()  # one of two members
    z = np.log(P / (1 - P))
    factors = blend.raw.ravel() / z[blend.rows]
    scales = {*factors.round(3)}
    assert len(scales) == 2  # each part by a scale of its own, found on the other
    assert min(scales) < blend.calibration.scale[0] < max(scales)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_thirty_rows(kind):
    tiny = replace(PRESETS["default"], epoch_scaling=(1.0, 0.1, 0.1))
    blend = run_recipe(tiny, problem(kind, 30), 0)
    assert len(blend.rows) == 30
    assert np.isfinite(blend.raw).all()
    assert sum(share.weight for share in blend.members) == pytest.approx(1.0)


def test_time_and_groups():
    for keys, rows in (({"times": np.arange(60.0)}, 45), ({"groups": np.arange(60) // 5}, 60)):
        assert len(run_recipe(recipe(), problem("values", 60, keys=keys), 0).rows) == rows


def test_sample_weights_judge_and_class_weights_do_not():
    two, trebled = problem("two", 60), np.where(np.arange(60) % 2, 3.0, 1.0)
    by_class = problem("two", 60, counts=trebled, weights=np.ones(60))
    by_sample = problem("two", 60, counts=trebled)
    same = [run_recipe(recipe(), which, 0) for which in (by_class, by_sample)]
    first, second = (blend.candidates[0] for blend in same)
    assert first.members[0].parameters.tobytes() == second.members[0].parameters.tobytes()
    assert first.judgement.loss != second.judgement.loss
    assert by_sample.weights_of([0, 1]).tolist() == [1.0, 3.0]
    assert two.weights_of([0, 1]).tolist() == [1.0, 1.0]


def test_without_any_time_there_is_a_linear_model_or_it_is_said():
    blend = run_recipe(recipe(), problem(), 0, clock=Clock(0.0))
    assert [candidate.chain.name for candidate in blend.candidates] == ["linear"]
    with pytest.raises(DataError, match="there was no time"):
        run_recipe(recipe(Chain("A", Member(), (1,))), problem(), 0, clock=Clock(0.0))


def test_very_wide_tables_try_what_looks_at_no_column():
    strong, narrow = PRESETS["strong"], problem("two")
    names = [chain.name for chain in chains_to_try(replace(strong, plain_above=2), narrow)]
    assert names == ["linear", "freer linear", "A"]
    assert len(chains_to_try(strong, narrow)) == 6
    assert chains_to_try(replace(PRESETS["fast"], plain_above=2), narrow) == PRESETS["fast"].two_classes


def test_what_diverges_is_left_out():
    wild = Chain("wild", Member(hidden=(8,), activation="relu", learning_rate=1e30, weight_decay=0.0), (5,))
    blend = run_recipe(recipe(wild, Chain("linear", LinearMember())), problem(), 0)
    assert [candidate.chain.name for candidate in blend.candidates] == ["linear"]
    with pytest.raises(Exception, match=r"not finite|diverge"):
        run_recipe(recipe(wild), problem(), 0)


def test_who_interrupts_gets_the_best_so_far():
    """The listener ends it after the first network: the linear models were fitted before."""
    ended = []

    def listener(event):
        ended.extend([event] * isinstance(event, NetworkEnded))
        return bool(ended)

    long = Chain("A", Member(hidden=(8,)), (3,))
    blend = run_recipe(
        recipe(long, Chain("linear", LinearMember()), racing_ratio=99.0),
        problem("two", 200),
        0,
        listener=listener,
        threads=1,
    )
    assert [(one.chain.name, len(one.members)) for one in blend.candidates] == [("A", 1), ("linear", 4)]
    assert blend.interrupted and not blend.omissions
    with pytest.raises(KeyboardInterrupt):
        run_recipe(recipe(long), problem("two", 200), 0, listener=lambda event: True)


def test_what_goes_on_from_weighted_classes_learns_with_them_and_says_what_it_would_without():
    """The second rung begins where the first ended; in between the tilt was taken off."""
    tilt = np.array([1.5])
    chain = Chain("A", Member(hidden=(8,), learning_rate=0.1), (2, 2))
    tilted, plain = (
        run_recipe(recipe(chain, max_loss_ratio=99.0, min_improvement=0.0), problem("two", **more), 0)
        for more in ({"tilt": tilt}, {})
    )
    assert len(tilted.candidates) == len(plain.candidates) == 2
    for one, other in zip(tilted.candidates, plain.candidates, strict=True):
        for lowered, as_learnt in zip(one.members, other.members, strict=True):
            np.testing.assert_allclose(lowered.parameters[-1], as_learnt.parameters[-1] - 1.5, atol=1e-5)
            np.testing.assert_allclose(lowered.seen.raw, as_learnt.seen.raw - 1.5, atol=1e-4)
