"""Networks that are no chains: names, who reads what, what needs a derivative, and what does not fit."""

import json
import time
from typing import get_args

import pytest
import strategies
from examples import examples
from hypothesis import given, settings

from forpass.errors import SpecError
from forpass.sampling.initial import initial_values
from forpass.spec.draft import Draft
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import (
    LAYERS,
    Activation,
    BatchNorm,
    Columnwise,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Residual,
)
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.plain import from_plain, to_plain
from forpass.spec.program import lower

RELU, SQUARED = Activation("relu"), Head("squared")


def program(*layers, n_features=3, **more):
    return lower(NetworkSpec(n_features, layers, SQUARED, **more))


def formulas(made):
    return {op.output: op.formula for op in made.operations}


# -- what becomes of the layers ------------------------------------------------------------------------


def test_a_residual_adds_what_its_layers_make():
    made = program(Dense(4), Residual([Dense(4), RELU]), Dense(2))
    assert formulas(made) == {
        "Z1": "X W1 + b1",
        "Z2": "Z1 W2 + b2",
        "A2": "relu(Z2)",
        "R2": "Z1 + A2",
        "Z3": "R2 W3 + b3",
    }
    add = made.operations[3]
    assert (add.opcode, add.sources, add.d_ins, add.d_out) == ("add", (1, 3), (4, 4), 4)
    assert add.label == "layer 4 (add, 4 + 4 -> 4)"


def test_branches_stand_side_by_side():
    made = program(Concatenate([[], [Dense(4), RELU], [Dense(2)]]), RELU, Dense(1))
    assert formulas(made)["C2"] == "[X, A1, Z2]"
    assert made.widths == (3, 4, 4, 2, 9, 9, 1)
    concatenate = made.operations[3]
    assert concatenate.sources == (0, 2, 3)
    assert concatenate.label == "layer 4 (concatenate, 3 + 4 + 2 -> 9)"


def test_layers_in_layers_are_named_in_the_order_in_which_they_are_walked():
    inner = Residual([LayerNorm(), Concatenate([[Dense(2), RELU], [Dense(2), RELU]])])
    made = program(Dense(4), RELU, Residual([RELU, inner]), Dense(1))
    names = ("X", "Z1", "A1", "A1_2", "N1", "Z2", "A2", "Z3", "A3", "C3", "R3", "R3_2", "Z4")
    assert made.outputs == names
    assert made.operations[9].formula == "A1_2 + C3"
    assert made.operations[10].formula == "A1 + R3"


def test_one_branch_is_itself():
    assert lower(NetworkSpec(3, (Concatenate([[Dense(2), RELU]]),), SQUARED)).outputs == ("X", "Z1", "A1")


def test_the_width_at_the_end_is_the_number_of_outputs():
    assert NetworkSpec(3, (Concatenate([[Dense(2)], [Dense(5)], []]),), SQUARED).n_outputs == 10
    assert NetworkSpec(3, (Dense(4), Residual([RELU])), SQUARED).n_outputs == 4
    two = Head("softmax_cross_entropy")
    assert NetworkSpec(3, (Concatenate([[Dense(1)], [Dense(1)]]),), two).n_outputs == 2


def test_names_of_many_layers_are_not_looked_for_one_after_the_other(monkeypatch):
    asked, unused = [], Draft._unused
    monkeypatch.setattr(Draft, "_unused", lambda draft, name: asked.append(name) or unused(draft, name))
    made = program(*[RELU] * 500, Dense(1))
    assert made.outputs[:3] == ("X", "A0", "A0_2") and made.outputs[-2:] == ("A0_500", "Z1")
    # looked for from the first on it would be 125,000 names; each layer is walked when described, and lowered
    assert len(asked) <= 2 * 2 * 503


def test_columnwise_functions_own_a_number_for_each_column():
    layers = (Columnwise("scale", role="first"), Dense(4), Columnwise("parametric_mish"), Columnwise("shift"))
    made = program(*layers, Dense(1))
    assert formulas(made) == {
        "S0": "scale(X, scale0)",
        "Z1": "S0 W1 + b1",
        "S1": "parametric_mish(Z1, slope1)",
        "S1_2": "shift(S1, shift1)",
        "Z2": "S1_2 W2 + b2",
    }
    blocks = {block.name: block for block in made.parameters.blocks}
    assert [(blocks[name].role, blocks[name].shape) for name in ("scale0", "slope1", "shift1")] == [
        ("first", (3,)),
        ("slope", (4,)),
        ("shift", (4,)),
    ]
    first = made.parameters.views(initial_values(made.parameters, 0))
    for name, value in (("scale0", 1.0), ("slope1", 1.0), ("shift1", 0.0)):
        assert (first[name] == value).all()


def test_a_multiplier_stands_in_the_formula_and_1_is_none():
    layers = Dense(4, multiplier="neural_tangent"), Dense(2, bias=False, multiplier=0.5), Dense(1)
    made = program(*layers, n_features=4)
    assert list(formulas(made).values()) == ["X (0.5 W1) + b1", "Z1 (0.5 W2)", "Z2 W3 + b3"]
    assert [op.settings for op in made.operations] == [(0.5,), (0.5,), ()]
    assert program(Dense(1, multiplier=1)).operations == program(Dense(1)).operations
    assert program(Dense(1, multiplier="neural_tangent"), n_features=1).operations[0].settings == ()


# -- who reads what ------------------------------------------------------------------------------------


def test_consumers_are_named_once_for_each_time_they_read():
    made = program(
        Dense(4), Residual([Dropout(0.0)]), Concatenate([[], [RELU], [Residual([RELU])]]), Dense(1)
    )
    assert made.outputs == ("X", "Z1", "R1", "A1", "A1_2", "R1_2", "C1", "Z2")
    assert made.consumers == ((1,), (2, 2), (3, 4, 5, 6), (6,), (5,), (6,), (7,), ())


def test_derivatives_are_needed_above_what_is_trained():
    made = program(RELU, Residual([BatchNorm()]), Concatenate([[RELU], [Dense(2)]]), Dense(1))
    assert made.outputs == ("X", "A0", "N0", "R0", "A0_2", "Z1", "C1", "Z2")
    assert made.needs_derivative == (False, False, True, True, True, True, True, True)
    made = program(Concatenate([[RELU], [Dense(2)]]), Dense(1))
    assert made.needs_derivative == (False, False, True, True, True)


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(strategies.network_specs())
def test_every_buffer_but_the_last_is_read(spec):
    made = lower(spec)
    reads = [(op.number, source) for op in made.operations for source in op.sources]
    assert [(number, b) for b, readers in enumerate(made.consumers) for number in readers] == sorted(
        reads, key=lambda read: (read[1], read[0])
    )
    assert all(made.consumers[:-1]) and not made.consumers[-1]
    assert made.needs_derivative[-1] and not made.needs_derivative[0]


# -- what does not fit ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [Dense(4), Residual([Dense(3)])],
            r"layer 2 is a Residual whose layers make 3 columns of 4; .*Dense\(4\)",
        ),
        (
            [Dense(4), Residual([RELU, "relu"])],
            r"layer 2\.2 is 'relu'; a layer is one of Embedding, Periodic",
        ),
        ([Residual([Concatenate([[RELU], [7]])])], r"layer 1\.1\.2\.1 is 7; a layer is one of"),
        ([Dense(4), Residual([Residual([Dense(5)])])], r"layer 2\.1 is a Residual"),
        ([RELU, Concatenate([[], [Embedding(2)]])], r"layer 2\.2\.1 is an Embedding; it can only"),
        ([Residual([RELU])], "no Dense layer"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_place(layers, message):
    with pytest.raises(SpecError, match=message):
        NetworkSpec(3, layers, SQUARED)


def test_layers_of_nothing_are_refused():
    with pytest.raises(SpecError, match="Residual has no layers"):
        Residual([])
    with pytest.raises(SpecError, match="Concatenate has no branches"):
        Concatenate([])


def test_where_there_are_no_numbers_only_an_embedding_reads_the_inputs():
    beside = Concatenate([[Embedding(2)], [Dense(3)]])
    with pytest.raises(SpecError, match=r"layer 1\.2\.1 reads the numerical inputs, and there are none"):
        NetworkSpec(0, (beside, Dense(1)), SQUARED, code_sizes=(3,))
    made = program(Concatenate([[Embedding(2)], [Embedding(3)]]), Dense(1), n_features=0, code_sizes=(3, 2))
    assert made.widths == (0, 4, 6, 10, 1)
    assert made.parameters.names == ("E1", "E2", "E1_2", "E2_2", "W1", "b1")


# -- inputs --------------------------------------------------------------------------------------------


def test_inputs_are_groups():
    groups = (
        FeatureGroup("age", "number", 1),
        FeatureGroup("age", "indicator", 1),
        FeatureGroup("city", "code", 0, 12),
        FeatureGroup("day", "circle", 2),
        FeatureGroup("street", "code", 0, 700),
    )
    spec = NetworkSpec(inputs=groups, layers=(Embedding(4), Dense(1)), head=SQUARED)
    assert (spec.n_features, spec.code_sizes, spec.inputs) == (4, (12, 700), groups)
    assert lower(spec).widths == (4, 12, 1)
    assert from_plain(json.loads(json.dumps(to_plain(spec)))) == spec
    short = NetworkSpec(4, (Embedding(4), Dense(1)), SQUARED, (12, 700))
    assert lower(short).operations == lower(spec).operations and short != spec
    assert [(g.name, g.kind, g.width, g.codes) for g in short.inputs] == [
        ("", "number", 4, 0),
        ("", "code", 0, 12),
        ("", "code", 0, 700),
    ]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"n_features": 2, "inputs": [FeatureGroup("a", "number", 2)]}, "give only inputs"),
        ({"code_sizes": (3,), "inputs": [FeatureGroup("a", "number", 2)]}, "give only inputs"),
        ({"inputs": ["age"]}, "each of inputs of NetworkSpec must be a FeatureGroup; got 'age'"),
        ({"inputs": []}, "the network has no inputs"),
        ({}, "n_features of NetworkSpec must be a whole number of at least 0; got None"),
    ],
)
def test_inputs_that_make_no_sense_are_refused(inputs, message):
    with pytest.raises(SpecError, match=message):
        NetworkSpec(layers=[Dense(1)], head=SQUARED, **inputs)


def test_every_layer_is_lowered_to_operations_that_both_engines_know():
    from forpass.engines.compiled.program.operations import OPERATIONS as compiled
    from forpass.engines.conformance.cases import cases, everything
    from forpass.engines.reference.operations import OPERATIONS as reference

    first, _, *others, _ = everything().program.spec.layers
    assert [branch[0] for branch in first.branches] + others == list(LAYERS.values())
    assert [type(example) for example in LAYERS.values()] == list(LAYERS)
    assert set(LAYERS) == set(get_args(Layer))
    programs = everything().program, cases()["batch ensemble"]().program
    assert set(compiled) == set(reference) == {op.opcode for p in programs for op in p.operations}


@pytest.mark.slow
def test_thousands_of_operations_are_named_in_a_moment():
    """Each name is found at once: trying out all that are taken took 90 seconds for 2,000."""
    began = time.perf_counter()
    layers = [Dense(2), *[Activation("tanh")] * 20_000, Dense(1)]
    program = lower(NetworkSpec(2, layers, Head("squared")))
    assert len(set(program.outputs)) == 20_003
    assert time.perf_counter() - began < 20.0
