"""What averaging does to probabilities, and that nobody's figure has seen its own row."""

import numpy as np
import pytest
from recipe_problems import problem, recipe

from forpass.maths.calibration import fit_scale
from forpass.recipes import Chain, Folds, Member
from forpass.recipes.calibrating import calibrated, sharpened_by_averaging
from forpass.recipes.candidates import Candidate, TrainedMember
from forpass.recipes.members import Part, parts_of
from forpass.recipes.risk import Seen, judged

CHAIN = Chain("A", Member(), (1,))


def noisy_members(kind, n, m, noise, seed=0):
    """A candidate of `m` members, each the true logits and noise of its own; and those of their mean."""
    two = problem(kind, n, seed)
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((n, two.outputs)) * 2
    if two.head.link == "softmax":
        y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
        two.truth[...] = np.eye(two.outputs)[y]
    else:
        two.truth[...] = logits + rng.logistic(size=logits.shape) > 0
    said = logits + noise * rng.standard_normal((m, *logits.shape))
    parts = parts_of(two, Folds(1, m - 1, m - 1, 1), 0)
    members = [
        TrainedMember(None, None, None, None, None, part, Seen(part.left_out, raw[part.left_out]), 0.0)
        for part, raw in zip(parts, said, strict=True)
    ]
    judgement = judged(two, [member.seen for member in members])
    return two, said, Candidate(CHAIN, 0, tuple(members), judgement)


@pytest.mark.parametrize("kind", ["two", "three"])
def test_the_scale_grows_as_that_of_the_mean_of_all_members(kind):
    two, said, candidate = noisy_members(kind, 8000, 6, noise=2.0)
    softmax, t = kind == "three", candidate.judgement.sharpness

    def best_scale(P):
        Z = np.log(P) if softmax else np.log(P / (1 - P))
        return fit_scale(Z, two.truth, np.ones(len(P)), softmax=softmax)

    def probabilities(Z):
        E = np.exp(t * Z) if softmax else None
        return E / E.sum(axis=-1, keepdims=True) if softmax else 1 / (1 + np.exp(-t * Z))

    of_all = best_scale(probabilities(said).mean(axis=0))
    out_of_fold = best_scale(candidate.judgement.P)
    found = out_of_fold * sharpened_by_averaging(two, [candidate], [1.0])
    assert of_all > 1.3 * out_of_fold  # there is something to mend
    assert found == pytest.approx(of_all, rel=0.15)  # the line is near enough, it is no law


def test_members_that_agree_need_no_correction():
    two, _, candidate = noisy_members("two", 2000, 5, noise=0.0)
    assert sharpened_by_averaging(two, [candidate], [1.0]) == pytest.approx(1.0, abs=1e-3)
    assert sharpened_by_averaging(two, [candidate], [0.0]) == 1.0


def test_few_rows_tell_nothing():
    two, _, candidate = noisy_members("two", 60, 5, noise=2.0)
    assert sharpened_by_averaging(two, [candidate], [1.0]) == 1.0


def test_each_row_is_calibrated_by_the_others():
    two = problem("two", 40)
    rng, rows = np.random.default_rng(0), np.arange(40)
    raw = rng.standard_normal((40, 1)) + two.truth
    parts = [
        Part(0, 0, rows[20:], rows[:20]),
        Part(0, 1, rows[:20], rows[20:]),
        Part(1, 0, rows[30:], rows[:30]),
    ]
    whole, honest = calibrated(two, rows, raw, parts)
    first, second = (honest[own] / raw[own] for own in (rows[:20], rows[20:]))
    assert np.ptp(first) < 1e-9
    assert np.ptp(second) < 1e-9
    assert first[0, 0] == pytest.approx(fit_scale(raw[20:], two.truth[20:], np.ones(20), softmax=False))
    assert second[0, 0] == pytest.approx(fit_scale(raw[:20], two.truth[:20], np.ones(20), softmax=False))
    assert whole.scale[0] == pytest.approx(fit_scale(raw, two.truth, np.ones(40), softmax=False))


def test_a_recipe_of_one_chain_uses_both():
    from forpass.recipes import run_recipe

    blend = run_recipe(
        recipe(Chain("A", Member(hidden=(8,), learning_rate=0.1), (4,))), problem("two", 300), 0
    )
    assert blend.calibration is not None
