"""Recipes as values: what they refuse, how they are shown, and that JSON keeps all of them."""

import json
from dataclasses import replace

import pytest

from forpass.errors import SpecError, UnknownNameError
from forpass.recipes import PRESETS, Chain, Folds, LinearMember, Member, Recipe, preset
from forpass.recipes.records import CHAINS, step_of

FAST = PRESETS["fast"]


@pytest.mark.parametrize("name", PRESETS)
def test_json_keeps_a_recipe(name):
    plain = json.loads(json.dumps(PRESETS[name].to_json()))
    assert Recipe.from_json(plain) == PRESETS[name]
    assert hash(Recipe.from_json(plain)) == hash(PRESETS[name])


def test_json_may_leave_out_what_has_a_default():
    chain = {"name": "A", "member": {"hidden": [8]}, "epochs": [3]}
    recipe = Recipe.from_json({"name": "small", **{task: [chain] for task in CHAINS}})
    assert recipe.values == (Chain("A", Member(hidden=(8,)), (3,)),)
    assert recipe.folds == FAST.folds


@pytest.mark.parametrize("task", CHAINS)
def test_each_preset_tries_what_the_one_before_it_tries(task):
    fast, default, strong = (getattr(PRESETS[name], task) for name in ("fast", "default", "strong"))
    assert set(fast) <= set(default) <= set(strong)
    assert FAST.rungs < PRESETS["default"].rungs < PRESETS["strong"].rungs


def test_a_linear_model_is_always_among_the_candidates():
    for recipe in PRESETS.values():
        for task in CHAINS:
            assert any(isinstance(chain.member, LinearMember) for chain in getattr(recipe, task))


def test_a_recipe_shows_every_chain_and_every_setting():
    shown = repr(replace(PRESETS["strong"], rungs=2))
    for words in (
        "two classes",
        "parametric_selu, periodic, statistics",
        "piecewise, log",
        "linear, penalty 33",
        "12 + 24",
    ):
        assert words in shown
    assert "60" not in shown.split("rungs")[0]  # a third rung, which is not tried
    assert "min_weight" in shown


@pytest.mark.parametrize(
    ("task", "outputs", "field"),
    [
        ("classification", 1, "two_classes"),
        ("classification", 3, "classes"),
        ("multilabel", 4, "labels"),
        ("regression", 2, "values"),
    ],
)
def test_the_task_chooses_the_chains(task, outputs, field):
    marked = replace(FAST, **{field: (Chain("mine", Member(), (1,)),)})
    assert [chain.name for chain in marked.chains_for(task, outputs)] == ["mine"]


def test_what_holds_from_so_many_rows_on():
    assert step_of(FAST.folds, 0) == step_of(FAST.folds, 1000) == Folds(1, 4, 4, 4)
    assert step_of(FAST.folds, 1001) == Folds(1001, 4, 4, 1)
    assert step_of(FAST.batch_sizes, 10**9) == (8193, 256)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Member(hidden=3), "hidden of Member must be a sequence"),
        (lambda: Member(hidden=(0,)), "each of hidden must be a whole number of at least 1"),
        (lambda: Member(numbers=("picewise",)), "did you mean 'piecewise'"),
        (lambda: Member(activation="parametric_mesh"), "did you mean 'parametric_mish'"),
        (lambda: Member(dropout=1.0), "dropout of Member must be at least 0 and below 1"),
        (lambda: Chain("A", Member()), "has no epochs"),
        (lambda: Chain("A", LinearMember(), (3,)), "knows no epochs"),
        (lambda: Chain("A", "mlp", (3,)), "must be a Member or a LinearMember"),
        (lambda: replace(FAST, values=()), "values of Recipe has no chain"),
        (lambda: replace(FAST, values=FAST.values[:1] * 2), "two chains 'R'"),
        (lambda: replace(FAST, rungs=0), "rungs of Recipe"),
        (lambda: replace(FAST, folds=(Folds(2, 4, 4, 1),)), "must begin at 1 row"),
        (lambda: replace(FAST, folds=(Folds(1, 4, 5, 1),)), "1 .. parts of at least 2 parts"),
        (lambda: replace(FAST, batch_sizes=((1, 32), (1, 64))), "go up"),
        (lambda: replace(FAST, epoch_scaling=(6000, 4, 0.75)), "least first"),
        (lambda: replace(FAST, max_loss_ratio=0.5), "max_loss_ratio of Recipe"),
        (lambda: replace(FAST, refit="yes"), "refit of Recipe"),
        (lambda: Recipe.from_json({"nam": "x"}), "did you mean 'name'"),
        (lambda: Recipe.from_json({"name": "x"}), "two_classes of Recipe has no chain"),
        (lambda: Recipe.from_json([]), "must be a mapping"),
        (lambda: preset("defalt"), "did you mean 'default'"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises((SpecError, UnknownNameError), match=message.replace("(", r"\(")):
        make()
