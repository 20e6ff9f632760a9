"""A search: what is drawn, who goes on, what is written down, and what comes of it."""

import json
from itertools import pairwise

import numpy as np
import pytest

import forpass as fp
from forpass.recipes.halving import SHARES, Trial, best_of, read_trials
from forpass.recipes.records import LinearMember, Member
from forpass.recipes.space import SPACE, drawn

SMALL = {"hidden": [(4,), (8,), (8, 8)], "learning_rate": (0.01, 0.3, "log"), "epochs": [2, 4]}


def table(n=120):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, n))
    s = np.where(x + z + rng.normal(size=n) > 1, "a", "b")
    return {"x": x, "z": z, "y": np.where(x * z > 0, "yes", "no"), "v": x * z, "s": s}


# -- the space -----------------------------------------------------------------------------------
def test_draws_are_even_and_depend_on_nothing_else():
    chains = [drawn(SPACE, i, seed=3) for i in range(300)]
    rates = np.log([chain.member.learning_rate for chain in chains])
    low, high, _ = SPACE["learning_rate"]
    assert np.log(low) <= rates.min() and rates.max() <= np.log(high)
    assert abs(rates.mean() - np.log(low * high) / 2) < 4 * (np.log(high / low) / np.sqrt(12 * 300))
    counts = [sum(chain.member.hidden == hidden for chain in chains) for hidden in SPACE["hidden"]]
    assert min(counts) > 20 and sum(counts) == 300  # 50 each, with a standard deviation of 6
    other = drawn({**SPACE, "dropout": [0.5]}, 7, seed=3)
    assert other.member.learning_rate == chains[7].member.learning_rate and other.member.dropout == 0.5
    assert drawn(SPACE, 7, seed=4) != chains[7]
    assert drawn({}, 0, 0, Member(hidden=(5,))).member.hidden == (5,)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({"width": [3]}, "unknown field of a search 'width'"),
        ({"dropout": 0.1}, "dropout of a search must be a list of choices"),
        ({"dropout": []}, "dropout of a search must be a list of choices"),
        ({"dropout": (0.1, 0.2, 0.3)}, "choices are a list"),
        ({"dropout": (0.2, 0.1)}, "dropout of a search must go up"),
        ({"learning_rate": (0.0, 0.1, "log")}, "must go up, above 0"),
        ([1], "must be a mapping"),
    ],
)
def test_a_space_of_which_nothing_can_be_drawn_is_refused(space, words):
    with pytest.raises(fp.InputError, match=words):
        fp.TableSearch(space)


# -- halving -------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_third_goes_on_and_the_best_make_the_recipe():
    search = fp.TableSearch(SMALL, n=18, threads=2).fit(table(), "y", schema={"v": "drop", "s": "drop"})
    rungs = [[trial for trial in search.history_ if trial.rung == r] for r in range(3)]
    assert [len(rung) for rung in rungs] == [18, 6, 5]
    for before, after in pairwise(rungs):
        best = sorted(before, key=lambda trial: trial.expected_loss)[: len(after)]
        assert {trial.number for trial in best} == {trial.number for trial in after}
    found = search.recipe_.two_classes
    best = sorted(rungs[2], key=lambda trial: trial.expected_loss)
    networks = [chain.name for chain in found if not isinstance(chain.member, LinearMember)]
    assert networks == [f"trial {trial.number}" for trial in best] and len(found) > len(best)
    trials = search.trials_
    assert list(trials["rung"][:5]) == [3] * 5 and len(trials["expected_loss"]) == 18
    assert list(trials["expected_loss"][:5]) == sorted(trials["expected_loss"][:5])
    assert set(SMALL) | {"trial", "rung", "expected_loss", "seconds"} == set(trials)


@pytest.mark.parametrize(("target", "field"), [("v", "values"), ("s", "two_classes")])
def test_the_recipe_is_one_for_the_target(target, field):
    others = {name: "drop" for name in ("y", "v", "s") if name != target}
    search = fp.TableSearch(SMALL, n=5).fit(table(), target, schema=others)
    assert getattr(search.recipe_, field)[0].name.startswith("trial ")
    model = fp.train_table(table(), target, schema=others, preset=search.recipe_)
    assert len(model.predict(table())) == 120


@pytest.mark.slow
def test_losses_do_not_depend_on_threads_or_on_who_else_is_tried():
    how = {"schema": {"v": "drop", "s": "drop"}}
    one = fp.TableSearch(SMALL, n=6, threads=1).fit(table(), "y", **how).history_
    more = fp.TableSearch(SMALL, n=9, threads=3).fit(table(), "y", **how).history_
    first = {t.number: t.expected_loss for t in more if not t.rung}
    assert {t.number: t.expected_loss for t in one if not t.rung}.items() <= first.items()


@pytest.mark.slow
def test_a_search_that_was_laid_aside_goes_on(tmp_path, monkeypatch):
    how = {"schema": {"v": "drop", "s": "drop"}}
    whole = fp.TableSearch(SMALL, n=10, threads=1).fit(table(), "y", **how)
    there = fp.TableSearch(SMALL, n=10, threads=1, folder=tmp_path).fit(table(), "y", **how)
    file = tmp_path / "trials.jsonl"
    lines = file.read_text().splitlines()
    assert len(lines) == 1 + len(there.history_)
    file.write_text("\n".join(lines[:8]) + '\n{"number": 7, "ru')  # killed while it wrote
    told = []
    again = fp.TableSearch(SMALL, n=10, threads=1, folder=tmp_path).fit(
        table(), "y", listener=told.append, **how
    )
    trained = sum(isinstance(event, fp.NetworkEnded) for event in told)
    assert trained == 2 * (len(whole.history_) - 7)
    for one in (there, again):
        assert [(t.number, t.rung, t.expected_loss) for t in one.history_] == [
            (t.number, t.rung, t.expected_loss) for t in whole.history_
        ]
    with pytest.raises(fp.DataError, match="holds trials of another table, space or recipe"):
        fp.TableSearch(SMALL, n=11, folder=tmp_path).fit(table(), "y", **how)


def test_out_of_time_it_is_of_what_was_done_or_says_so():
    big = {"hidden": [(256, 256)], "epochs": [10**5]}
    with pytest.raises(fp.SpecError, match="the time was up when 0 of 6 trials were done"):
        fp.TableSearch(big, n=6, time_limit=0.2).fit(table(), "v", schema={"y": "drop", "s": "drop"})


def test_trials_that_fail_are_the_last(tmp_path):
    assert best_of([Trial(0, 0, np.inf, 0.0), Trial(1, 0, 0.5, 1.0)], 5) == [1]
    path = str(tmp_path / "t")
    assert read_trials(path, {"a": 1}) == [] and read_trials(path, {"a": 1}) == []
    with open(path, "a") as file:
        file.write(json.dumps(Trial(3, 1, np.inf, 0.0)._asdict()) + "\n")
    assert read_trials(path, {"a": 1}) == [Trial(3, 1, np.inf, 0.0)]
    assert len(SHARES) == 3
