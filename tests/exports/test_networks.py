"""Graphs of networks: every operation, carried out line by line, is what the reference engine computes."""

import numpy as np
import pytest
from carried import carried_out, values_of

from forpass.engines.conformance.cases import cases
from forpass.engines.initial import fresh_state
from forpass.engines.reference.operations import OPERATIONS as FORWARDS
from forpass.exports.graph import Call, Value
from forpass.exports.networks import OPERATIONS, arrays_of, network_of
from forpass.maths import xp
from forpass.model import TrainedModel
from forpass.spec.data import Data

NEAR = {"float32": 1e-6, "float64": 1e-14}


def network(name, dtype):
    """A network of the conformance suite as a model, and rows for it."""
    case = cases()[name]()
    rng = np.random.default_rng(1)
    buffers = fresh_state(case.program, case.training, case.data).buffers
    buffers = np.abs(buffers + 0.3 * rng.random(buffers.shape))
    model = TrainedModel(
        case.program.spec, case.parameters.astype(dtype), buffers.astype(dtype), engine="numpy"
    )
    numbers, codes = case.data.numbers, case.data.codes
    X = numbers if isinstance(numbers, np.ndarray) else numbers.toarray()
    if codes is not None:
        codes = np.minimum(codes, np.array(case.program.spec.code_sizes) - 1)
    return model, Data(X, codes)


def given(model, data):
    found = {"X": data.numbers.astype(model.parameters.dtype)} | arrays_of(model)
    return found if data.codes is None else found | {"codes": data.codes}


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("name", cases())
def test_a_network_carried_out_line_by_line(name, dtype):
    model, data = network(name, dtype)
    (found,) = carried_out(network_of(model.program, model, "network"), given(model, data)).values()
    wanted = model.raw_scores(data)
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=NEAR[dtype] * np.abs(wanted).max())


def test_every_operation_is_written():
    assert set(OPERATIONS) == set(FORWARDS)
    tried = {op.opcode for make in cases().values() for op in make().program.operations}
    assert tried == set(OPERATIONS)


@pytest.mark.parametrize("name", cases())
def test_the_steps_of_a_formula_are_the_formula(name):
    model, data = network(name, "float64")
    graph = network_of(model.program, model, "network")
    found = values_of(graph, dict(graph.constants) | given(model, data))
    for line in graph.lines:
        if isinstance(line, Call):
            for output in line.outputs:
                del found[output.name]  # now the steps must make it
            for step in line.steps:
                found[step.output.name] = _done(step, [_of(found, read) for read in step.reads])
            whole = line.function(*(_of(found, read) for read in line.reads))
            results = whole if isinstance(whole, tuple) else (whole,)
            for output, wanted in zip(line.outputs, results, strict=True):
                np.testing.assert_array_equal(found[output.name], wanted)
                assert wanted.dtype.name == output.kind
                assert _fits(output, wanted.shape, len(data.numbers))


def _of(found, operand):
    return found[operand.name] if isinstance(operand, Value) else operand


def _fits(value, shape, rows):
    """Whether a value has the shape that it is said to have; before it is broadcast a row may be one."""
    said = [rows if size is None else size for size in value.shape]
    return list(shape) == said


SIGNS = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "negative": np.negative,
    "same": lambda Z: Z,
}


def _done(step, operands):
    return (SIGNS.get(step.does) or getattr(xp, step.does))(*operands)
