"""Descriptions are values: equal ones hash alike, and nothing in them can be changed."""

import copy
import dataclasses
import pickle

import pytest
import strategies
from examples import examples
from hypothesis import given, settings

from forpass.spec.initializer import Initializer
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import LAYERS, Activation, Columnwise, Concatenate, Dense, Embedding, Residual
from forpass.spec.network import Head, NetworkSpec, Penalty
from forpass.spec.optimizer import LBFGSSpec, OptimizerSpec, RoleFactors
from forpass.spec.plain import classes
from forpass.spec.settings import Settings
from forpass.spec.training import ScheduleSpec, StoppingSpec, TrainingSpec

ONE_OF_EACH = {
    type(spec).__name__: spec
    for spec in (
        NetworkSpec(2, (Embedding(2), Dense(1)), Head("huber", {"delta": 0.5}), (3,), Penalty(l2=0.1)),
        FeatureGroup("city", "code", 0, 12),
        *LAYERS.values(),
        Dense(3, weights=Initializer("normal", {"std": 0.1})),
        Activation("elu", {"alpha": 0.5}),
        Columnwise("scale", initializer="he_normal", role="first"),
        Residual([Dense(2)]),
        Concatenate([[], [Dense(3)]]),
        Head("quantile", {"level": 0.9}),
        Penalty(l1=0.1, roles=["weight", "embedding"]),
        Initializer("uniform", {"low": -1.0}),
        TrainingSpec(
            optimizer=OptimizerSpec("adam", settings={"beta1": 0.5}), schedule=[ScheduleSpec("step")]
        ),
        OptimizerSpec("adamw", by_role={"bias": RoleFactors(0.1, 0.0)}),
        RoleFactors(2.0),
        LBFGSSpec(evaluations=30),
        ScheduleSpec("cosine", {"final": 0.1}),
        StoppingSpec(patience=3),
    )
}


def test_there_is_one_of_each():
    assert set(ONE_OF_EACH) == set(classes())


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_descriptions_are_values(name):
    spec = ONE_OF_EACH[name]
    for twin in (copy.deepcopy(spec), pickle.loads(pickle.dumps(spec)), dataclasses.replace(spec)):
        assert twin is not spec
        assert twin == spec and hash(twin) == hash(spec)
        assert {spec: "found"}[twin] == "found"


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(strategies.network_specs(), strategies.training_specs())
def test_equal_descriptions_hash_alike(network, training):
    assert hash(copy.deepcopy(network)) == hash(network)
    assert hash(copy.deepcopy(training)) == hash(training)


def test_other_settings_make_another_description():
    assert Activation("elu", {"alpha": 0.5}) != Activation("elu")
    assert OptimizerSpec("adam", settings={"beta1": 0.5}) != OptimizerSpec("adam")
    assert hash(Activation("elu", {"alpha": 0.5})) != hash(Activation("elu"))


@pytest.mark.parametrize(
    ("mapping", "key", "value"),
    [
        (OptimizerSpec("adam").settings, "beta1", 7.0),
        (OptimizerSpec("adam", by_role={"bias": RoleFactors()}).by_role, "bias", RoleFactors(2.0)),
        (ScheduleSpec("cosine").settings, "final", 7.0),
        (Activation("elu").settings, "alpha", 7.0),
        (Head("huber").settings, "delta", 7.0),
        (Initializer("normal").settings, "std", 7.0),
    ],
)
def test_a_mapping_in_a_description_cannot_be_changed(mapping, key, value):
    before = dict(mapping)
    with pytest.raises(TypeError, match="does not support item assignment"):
        mapping[key] = value
    with pytest.raises(TypeError, match="does not support item deletion"):
        del mapping[key]
    with pytest.raises(TypeError, match="settings cannot be changed; make others"):
        mapping._values = {}
    assert mapping == before


def test_what_was_given_stays_the_givers():
    given = {"alpha": 0.5}
    spec = Activation("elu", given)
    given["alpha"] = 7.0
    assert spec.settings == {"alpha": 0.5}


def test_settings_read_like_a_dict():
    some = Settings({"b": 1.0, "a": 2.0})
    assert repr(some) == "{'b': 1.0, 'a': 2.0}" and list(some) == ["b", "a"] and len(some) == 2
    assert some == {"a": 2.0, "b": 1.0} == some and some != {"a": 2.0} and some != [("b", 1.0)]
    assert hash(some) == hash(Settings({"a": 2.0, "b": 1.0})) != hash(Settings({"a": 1.0, "b": 2.0}))


def test_a_network_s_hash_stays_at_home():
    """Text has another hash in each process, so a network that was sent there must not bring its own."""
    spec = NetworkSpec(2, (Dense(3), Dense(1)), Head("squared"))
    assert "_hash" in vars(spec) or hash(spec)
    sent = pickle.loads(pickle.dumps(spec))
    assert "_hash" not in vars(sent)
    assert sent == spec
    assert hash(sent) == hash(spec)
