"""Scale layers that weights take in: which, and that gradients and scores are the reference engine's."""

import numpy as np
import pytest

import forpass as fp
from forpass.engines import compiled, reference
from forpass.engines.compiled.program.folding import folded_scales
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.spec.program import lower

SCALE, HIDDEN = fp.Columnwise("scale"), fp.Dense(11, multiplier="neural_tangent")
SUM = fp.Sum(((SCALE, HIDDEN), (fp.Dense(11, bias=False),)))
READ_TWICE = fp.Sum(((HIDDEN,), (fp.Dense(11, bias=False),)))
TRAINING = fp.TrainingSpec(dtype="float64", seed=3, optimizer=fp.OptimizerSpec("momentum", 0.02))

FOLDED = {
    "first": ([SCALE, HIDDEN, fp.Activation("tanh")], 1),
    "before a plain layer": ([SCALE, fp.Dense(11, bias=False)], 1),
    "between layers": ([fp.Dense(5), fp.Activation("tanh"), SCALE, HIDDEN, SCALE], 2),
    "after an embedding": ([fp.Embedding(3), SCALE, HIDDEN], 1),
    "in a branch": ([SUM, fp.Activation("tanh")], 1),
    "twice": ([SCALE, SCALE, HIDDEN], 1),
    "read by two": ([SCALE, READ_TWICE], 0),
    "before an activation": ([HIDDEN, SCALE, fp.Activation("tanh")], 0),
    "another function": ([fp.Columnwise("shift"), HIDDEN], 0),
}


def a_network(layers):
    rng = np.random.default_rng(4)
    inputs = [fp.FeatureGroup("x", "number", 7)]
    codes = None
    if any(isinstance(layer, fp.Embedding) for layer in layers):
        inputs.append(fp.FeatureGroup("c", "code", 0, codes=4))
        codes = rng.integers(0, 4, (50, 1))
    data = fp.Data(rng.standard_normal((50, 7)), codes=codes, targets=rng.standard_normal((50, 2)))
    return fp.NetworkSpec(inputs=inputs, layers=[*layers, fp.Dense(2)], head=fp.Head("squared")), data


def started(engine, spec, data):
    program = lower(spec)
    state = fresh_state(program, TRAINING, data)
    for block, view in program.parameters.views(state.parameters).items():
        if block.startswith("scale"):
            view += np.linspace(-1.0, 1.0, view.size)  # a size is 0 now, others are below it
    return engine.start(program, state, data, TRAINING), PlanWriter(program, TRAINING, data)


@pytest.mark.parametrize("name", FOLDED)
def test_which_scales_weights_take_in(name):
    layers, count = FOLDED[name]
    assert len(folded_scales(lower(a_network(layers)[0]))) == count


@pytest.mark.parametrize("name", FOLDED)
def test_gradients_and_scores_are_those_of_the_reference(name):
    spec, data = a_network(FOLDED[name][0])
    (ours, plans), (right, _) = (started(engine, spec, data) for engine in (compiled, reference))
    np.testing.assert_allclose(ours.raw_scores(data), right.raw_scores(data), rtol=0, atol=1e-13)
    plan = plans.gradient(np.arange(40))
    a, b = ours.value_and_gradient(plan), right.value_and_gradient(plan)
    assert a.loss == pytest.approx(b.loss, rel=1e-13)
    np.testing.assert_allclose(a.gradient, b.gradient, rtol=0, atol=1e-13)


def test_what_scores_make_of_parameters_is_made_again_where_they_have_changed():
    spec, data = a_network([SCALE, HIDDEN])

    def anew(state):  # while the other session is at work, so in another workplace
        return compiled.start(lower(spec), state, data, TRAINING).raw_scores(data).tobytes()

    session, plans = started(compiled, spec, data)
    begin = session.state()
    assert session.raw_scores(data).tobytes() == session.raw_scores(data).tobytes() == anew(begin)
    one = np.ones(1)
    session.advance(plans.steps(0, np.arange(50), np.array([0, 50]), 0.1 * one, 0.0 * one, one))
    assert session.raw_scores(data).tobytes() == anew(session.state()) != anew(begin)
    session.set_parameters(begin.parameters)
    assert session.raw_scores(data).tobytes() == anew(begin)
    session.set_parameters(2.0 * begin.parameters)
    assert session.raw_scores(data).tobytes() != anew(begin)
    del session  # it leaves its workplace to the next
    session, _ = started(compiled, spec, data)
    assert session.raw_scores(data).tobytes() == anew(begin)
