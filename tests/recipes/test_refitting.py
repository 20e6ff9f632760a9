"""Members that learn once more, from all rows."""

from dataclasses import replace

import numpy as np
import pytest
from recipe_problems import problem, recipe

from forpass.recipes import Chain, Folds, LinearMember, Member, run_recipe

CHAINS = Chain("A", Member(hidden=(8,), learning_rate=0.1), (2, 2)), Chain("linear", LinearMember())
BATCH = (1, 4), (50, 60)  # all 60 rows would come in one step, the 40 of a member do not
REFIT = recipe(
    *CHAINS,
    refit="classes",
    refit_from=50,
    racing_ratio=9.0,
    max_loss_ratio=9.0,
    min_improvement=0.0,
    batch_sizes=BATCH,
)


def test_all_rows_are_learnt_from_and_nothing_else_changes():
    two = problem("two", 60)
    before, after = run_recipe(replace(REFIT, refit="no"), two, 0), run_recipe(REFIT, two, 0)
    assert after.refitted
    assert not before.refitted
    assert (after.weights, after.calibration) == (before.weights, before.calibration)
    assert after.raw.tobytes() == before.raw.tobytes()
    assert [share.weight for share in after.members] == [share.weight for share in before.members]
    for share in after.members:
        assert len(share.member.part.learnt) == 60
        before_it = next(s for s in before.members if s.chain == share.chain).member.training
        if before_it:
            assert share.member.training.batch_size == before_it.batch_size
            assert share.member.training.epochs == before_it.epochs
    seeds = {share.member.training.seed for share in after.members if share.member.training}
    assert not seeds & {share.member.training.seed for share in before.members if share.member.training}


def test_a_linear_model_of_all_rows_is_what_it_is_by_itself():
    from forpass.training.linear import fit_linear

    two = problem("two", 60)
    blend = run_recipe(replace(REFIT, two_classes=CHAINS[1:]), two, 0)
    alone = fit_linear(two.head, 1, two.data, penalties=[33.0], unclipped=True)
    for share in blend.members:
        np.testing.assert_allclose(share.member.parameters, alone.parameters.ravel(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "n", "how", "keys", "refitted"),
    [
        ("two", 60, "classes", {}, True),
        ("two", 49, "classes", {}, False),
        ("values", 60, "classes", {}, False),
        ("two", 60, "more classes", {}, False),
        ("three", 60, "more classes", {}, True),
        ("labels", 60, "more classes", {}, False),
        ("values", 60, "all", {}, True),
        ("values", 60, "no", {}, False),
        ("values", 40, "no", {"times": np.arange(40.0)}, True),  # whose first members have seen little
    ],
)
def test_when_it_is_done(kind, n, how, keys, refitted):
    blend = run_recipe(replace(REFIT, refit=how), problem(kind, n, keys=keys), 0)
    assert blend.refitted is refitted


def test_a_refit_goes_up_all_rungs():
    chain = Chain("A", Member(hidden=(8,), learning_rate=1e-30, weight_decay=0.0), (1, 1))
    only = replace(REFIT, two_classes=(chain,), folds=(Folds(1, 2, 2, 0),))
    blend = run_recipe(only, problem("two", 60), 0)
    chosen = {
        (candidate.rung, weight > 0)
        for candidate, weight in zip(blend.candidates, blend.weights, strict=True)
    }
    assert (1, True) in chosen
    assert blend.refitted
