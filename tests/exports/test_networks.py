"""Graphs of networks: every operation, carried out line by line, is what the reference engine computes."""

import numpy as np
import pytest
from carried import carried_out, values_of
from networks_to_try import begun_with, network_to_try

from forpass.engines.conformance.cases import cases
from forpass.engines.reference.operations import OPERATIONS as FORWARDS
from forpass.exports.graph import Call, Value
from forpass.exports.networks import OPERATIONS, network_of
from forpass.maths import xp
from forpass.spec.data import Data

NEAR = {"float32": 1e-6, "float64": 1e-14}


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("name", cases())
def test_a_network_carried_out_line_by_line(name, dtype):
    model, cells = network_to_try(name, dtype)
    (found,) = carried_out(network_of(model.program, model, "network"), begun_with(model, cells)).values()
    wanted = model.raw_scores(Data(cells["X"], cells.get("codes")))
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=NEAR[dtype] * np.abs(wanted).max())


def test_every_operation_is_written():
    assert set(OPERATIONS) == set(FORWARDS)
    tried = {op.opcode for make in cases().values() for op in make().program.operations}
    assert tried == set(OPERATIONS)


@pytest.mark.parametrize("name", cases())
def test_the_steps_of_a_formula_are_the_formula(name):
    model, cells = network_to_try(name, "float64")
    graph = network_of(model.program, model, "network")
    found = values_of(graph, dict(graph.constants) | begun_with(model, cells))
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
                assert _fits(output, wanted.shape, len(cells["X"]))


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
