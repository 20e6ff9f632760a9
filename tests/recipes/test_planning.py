"""A limit of time: what fits is tried, what does not is said, and there is always an answer."""

from dataclasses import replace

import numpy as np
import pytest
from recipe_problems import PRESETS, problem, recipe

from forpass.clock import Clock
from forpass.recipes import Chain, Folds, LinearMember, Member, run_recipe
from forpass.recipes import training as training_module
from forpass.recipes.chains import chains_to_try
from forpass.recipes.members import parts_of
from forpass.recipes.planning import fitting, one_by_one
from forpass.recipes.training import Rung, Trainer
from forpass.training.events import EpochEnded, TrainingStarted

LONG = Chain("long", Member(hidden=(64,)), (100_000,))
SHORT = Chain("short", Member(hidden=(8,)), (1,))
LINEAR = Chain("linear", LinearMember())


class Stopped(Clock):
    """A clock on which always as much is left."""

    def __init__(self, left):
        self._left, self._end = left, 0.0

    @property
    def left(self):
        return self._left


def shop_with(left, *chains):
    trainer = Trainer(recipe(*chains), problem(), 0, clock=Stopped(left), threads=1)
    trainer._work, trainer._seconds = 1e9, 1.0  # a slow machine: 1e9 operations a second
    return trainer, parts_of(trainer.problem, Folds(1, 4, 4, 0), 0)


def test_what_fits_stays_as_it_is():
    trainer, parts = shop_with(1e6, SHORT)
    assert fitting(trainer, Rung(SHORT, 0), parts, worthwhile=1.0) == (Rung(SHORT, 0), parts)
    assert not trainer.omissions


def test_what_does_not_fit_is_left_out_and_said():
    trainer, parts = shop_with(0.5, LONG)
    assert fitting(trainer, Rung(LONG, 0), parts, worthwhile=1.0) is None
    assert trainer.omissions[0].startswith("chain long, rung 1, would take")


def test_the_first_network_is_trained_for_fewer_epochs_and_then_by_fewer_members():
    trainer, parts = shop_with(1.0, LONG)
    rung, some = fitting(trainer, Rung(LONG, 0), parts, worthwhile=0.0)
    assert 0 < rung.share < 1
    assert len(some) == 4
    assert trainer.seconds_for(rung, some) <= 1.0
    whole = trainer.seconds_for(Rung(LONG, 0)._replace(share=1e-9), parts)  # one epoch each
    trainer.clock = Stopped(0.6 * whole / 0.85)
    rung, some = fitting(trainer, Rung(LONG, 0), parts, worthwhile=0.0)
    assert len(some) == 2
    assert "by 2 of 4 members" in trainer.omissions[-1]
    trainer.clock = Stopped(1e-9)
    assert fitting(trainer, Rung(LONG, 0), parts, worthwhile=0.0) is None


def test_a_network_that_was_shortened_is_trained_anew_if_there_is_time_for_twice_its_epochs():
    trainer, parts = shop_with(1.0, LONG)
    rung, _ = fitting(trainer, Rung(LONG, 0), parts, worthwhile=0.0)
    (shortened,) = trainer.omissions
    assert fitting(trainer, Rung(LONG, 0), parts, worthwhile=2.0 * rung.share) is None
    assert trainer.omissions == [shortened]
    trainer.clock = Stopped(3.0)
    longer, _ = fitting(trainer, Rung(LONG, 0), parts, worthwhile=2.0 * rung.share)
    assert 1.0 > longer.share >= 2.0 * rung.share
    assert trainer.omissions != [shortened] and len(trainer.omissions) == 1
    trainer.clock = Stopped(1e6)
    assert fitting(trainer, Rung(LONG, 0), parts, worthwhile=2.0 * longer.share) == (Rung(LONG, 0), parts)
    assert not trainer.omissions


def test_a_slow_guess_at_the_speed_costs_no_network(monkeypatch):
    small = recipe(racing_ratio=99.0, max_loss_ratio=99.0)
    trainer = Trainer(small, problem(), 0)
    seconds = trainer.seconds_for(Rung(small.values[0], 0), parts_of(trainer.problem, small.folds[0], 0))
    slow = training_module.FIRST_SPEED * seconds / 50.0  # of the 60 s half may be taken
    monkeypatch.setattr(training_module, "FIRST_SPEED", slow)
    blend = run_recipe(small, problem(), 0, clock=Clock(60.0))
    tried = [(one.chain.name, one.rung, one.share) for one in blend.candidates]
    assert ("A", 0, 1.0) in tried and ("B", 0, 1.0) in tried and blend.whole
    assert any(chain == "A" and share < 1.0 for chain, _, share in tried)


def test_linear_models_come_first():
    rungs = [Rung(SHORT, 0), Rung(LINEAR, 0), Rung(LONG, 0)]
    assert [piece[0].chain.name for piece in one_by_one(rungs)] == ["linear", "short", "long"]


def test_a_limit_that_is_far_away_changes_nothing_that_is_predicted():
    free, limited = (
        run_recipe(recipe(racing_ratio=9.0), problem(), 0, clock=clock) for clock in (None, Clock(600.0))
    )
    same = [c.chain.name for c in limited.candidates] == [c.chain.name for c in free.candidates]
    assert same or {c.chain.name for c in limited.candidates} == {c.chain.name for c in free.candidates}
    assert sorted(limited.weights) == pytest.approx(sorted(free.weights))
    assert limited.whole


@pytest.mark.parametrize("kind", ["values", "two", "three"])
def test_a_short_limit_is_kept_and_gives_the_best_so_far(kind, monkeypatch, now):
    run_recipe(recipe(), problem(kind), 0)  # whatever is compiled once
    monkeypatch.setattr(training_module, "FIRST_SPEED", 1e9)
    chains, begun = recipe(SHORT, LINEAR, LONG, racing_ratio=99.0), set()

    def listener(event):
        if isinstance(event, TrainingStarted):
            begun.add(event.run.job.name)
            now[0] += 4000.0 * (event.run.job.name == "long")

    blend = run_recipe(chains, problem(kind, 200), 0, clock=Clock(1.0), listener=listener)
    assert begun == {"short"}
    assert {"short", "linear"} <= {candidate.chain.name for candidate in blend.candidates}
    assert any("long" in words for words in blend.omissions)


def test_networks_that_the_limit_cuts_short_are_kept_while_there_are_no_others(monkeypatch, now):
    def listener(event):
        now[0] += 4000.0 * isinstance(event, EpochEnded)

    monkeypatch.setattr(training_module, "FIRST_SPEED", 1e18)  # everything seems to fit
    chains = recipe(LONG, LINEAR, racing_ratio=99.0)
    blend = run_recipe(chains, problem("two", 200), 0, clock=Clock(3600.0), threads=2, listener=listener)
    (long,) = (one for one in blend.candidates if one.chain is LONG)
    assert long.members and not any(member.whole for member in long.members) and not long.whole
    assert blend.omissions == ("chain long, rung 1, had time for 0 of 4 members to the end",)
    assert not blend.whole


def test_of_a_very_wide_table_the_others_of_a_kind_are_left_out():
    kinds = [Chain(name, Member(numbers=(name,)), (1,)) for name in ("piecewise", "periodic")]
    plain = Chain("plain", Member(), (1,))
    for chains, kept in (
        ((*kinds, LINEAR), ["piecewise", "linear"]),
        ((*kinds, plain, LINEAR), ["plain", "linear"]),
        ((LINEAR,), ["linear"]),
    ):
        tried = chains_to_try(recipe(*chains, plain_above=2), problem())
        assert [chain.name for chain in tried] == kept
        assert chains_to_try(recipe(*chains, plain_above=3), problem()) == chains


def test_without_time_for_a_network_there_is_a_linear_model():
    blend = run_recipe(recipe(LONG, LINEAR), problem("two", 100), 0, clock=Stopped(1e-6))
    assert [candidate.chain.name for candidate in blend.candidates] == ["linear"]
    assert np.isfinite(blend.raw).all()


def test_a_linear_model_that_is_stopped_says_the_mean(monkeypatch):
    two = problem("two", 100)
    trainer = Trainer(recipe(LINEAR), two, 0, clock=Stopped(1.0), threads=1)
    part = parts_of(two, Folds(1, 4, 4, 0), 0)[0]
    steps = iter([0.5, *[0.0] * 9])
    monkeypatch.setattr(Stopped, "left", property(lambda self: next(steps, 0.0)))
    member = trainer._linear(LinearMember(), part, trainer.clock)
    assert np.unique(member.seen.raw).size > 1  # one step was taken
    assert member.training is None


def test_presets_shrink_to_a_limit():
    blend = run_recipe(
        replace(PRESETS["strong"], epoch_scaling=(60.0, 0.1, 0.1)), problem("two", 60), 0, clock=Clock(5.0)
    )
    assert blend.candidates


def test_machine_code_that_must_be_written_first_counts(monkeypatch):
    monkeypatch.setattr(training_module, "seconds_to_begin", lambda engine: 2.0)
    trainer, parts = shop_with(1.5, SHORT)
    assert fitting(trainer, Rung(SHORT, 0), parts, worthwhile=0.0) is None
    assert "and 2 s for its machine code, once on a machine, and 0 s were left" in trainer.omissions[0]
    trainer, parts = shop_with(60.0, SHORT)
    assert fitting(trainer, Rung(SHORT, 0), parts, worthwhile=0.0) == (Rung(SHORT, 0), parts)
    blend = run_recipe(recipe(SHORT, LINEAR), problem(), 0, clock=Stopped(1.5))
    assert [candidate.chain.name for candidate in blend.candidates] == ["linear"]
    trainer = Trainer(recipe(SHORT), problem(), 0, clock=Stopped(60.0), threads=1)
    trainer.train([(Rung(SHORT, 0), parts[0])])
    assert not trainer.knows_its_speed  # most of the time went into machine code
