"""What serving computes is what the reference engine computes, to the bit, for every network."""

from dataclasses import replace

import numpy as np
import pytest

from forpass.engines import reference
from forpass.engines.conformance.cases import cases
from forpass.engines.protocol import EngineState
from forpass.engines.reference.operations import OPERATIONS as DEFINED
from forpass.errors import DataError
from forpass.maths.philox import uniforms
from forpass.serving import networks
from forpass.serving.networks import Network, Networks, Stacked
from forpass.serving.operations import OPERATIONS
from forpass.spec.data import Data

CASES = cases()
SEVERAL = 3


def numbers_of(case, dtype, number):
    """The parameters of a case, a little changed for each network, and running averages of its own."""
    size, places = case.program.buffers.size, case.program.buffers.blocks
    parameters = case.parameters * (1.0 + 0.125 * number)
    buffers = 0.5 + uniforms(size, (1, number), (0, 0, 0))
    for block in places:
        if block.role == "statistic":
            buffers[block.slice] -= 1.0
    return parameters.astype(dtype), buffers.astype(dtype)


def defined(case, dtype, number, data):
    parameters, buffers = numbers_of(case, dtype, number)
    state = EngineState(parameters, buffers, np.empty((0, len(parameters)), dtype))
    return reference.start(case.program, state).raw_scores(data)


def several(case, dtype, count=SEVERAL):
    found = (numbers_of(case, dtype, number) for number in range(count))
    return Networks([Network(case.program, *of_one, None, 0.5) for of_one in found])


def many(data, n):
    """Rows of data over and over, as many as are asked for."""
    return data.rows(np.resize(np.arange(data.n_rows), n))


def test_every_operation_is_known():
    assert list(OPERATIONS) == list(DEFINED)
    assert {op.opcode for make in CASES.values() for op in make().program.operations} == set(DEFINED)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_the_bits_of_the_reference_engine(name, dtype):
    case = CASES[name]()
    data = Data(case.data.numbers, case.data.codes)
    of_several, alone = several(case, dtype), several(case, dtype, 1)
    for n in (1, 2, 24, 150):
        rows = many(data, n)
        wanted = np.stack([defined(case, dtype, number, rows) for number in range(SEVERAL)])
        found = of_several.raw_scores(rows)
        assert found.dtype == dtype and found.tobytes() == wanted.tobytes(), n
        assert alone.raw_scores(rows).tobytes() == wanted[:1].tobytes(), n


@pytest.mark.parametrize("name", ["everything", "batch ensemble", "members of sparse rows"])
def test_the_bits_of_many_rows(name, monkeypatch):
    case = CASES[name]()
    rows = many(Data(case.data.numbers, case.data.codes), 150)
    monkeypatch.setattr(networks, "ROWS_PER_BLOCK", 60)
    monkeypatch.setattr("forpass.engines.reference.engine.ROWS_PER_BLOCK", 60)
    wanted = np.stack([defined(case, np.float32, number, rows) for number in range(SEVERAL)])
    for limit in (0, 64):
        monkeypatch.setattr(networks, "ROWS_TOGETHER", limit)
        assert several(case, np.float32).raw_scores(rows).tobytes() == wanted.tobytes()


def test_members_are_scored_in_their_order_whatever_they_have_in_common():
    case = CASES["everything"]()
    types, places = (np.float32, np.float64, np.float32, np.float32), (0, 1, 0, 1)
    members = [
        Network(case.program, *numbers_of(case, dtype, number), None, 0.5)
        for number, dtype in enumerate(types)
    ]
    data = Data(case.data.numbers, case.data.codes)
    parts = [many(data, 30), many(data.rows(slice(None, None, -1)), 30)]
    found = Stacked(members, places).of_each(parts)
    for member, place, scores in zip(members, places, found, strict=True):
        assert scores.tobytes() == Networks([member]).raw_scores(parts[place])[0].astype(float).tobytes()
    few = np.array([4, 0, 9])
    np.testing.assert_allclose(Stacked(members, places).of_each(parts, few), found[:, few], rtol=1e-5)


def test_rows_that_do_not_fit_are_refused():
    case = CASES["embedding"]()
    served = several(case, np.float32)
    with pytest.raises(DataError, match="takes 3 numerical features; the data have 2"):
        served.raw_scores(Data(case.data.numbers[:, :2], case.data.codes))
    with pytest.raises(DataError, match=r"codes\[:, 1\] has the code 6"):
        served.raw_scores(Data(case.data.numbers, np.add(case.data.codes, [[0, 1]])))
    with pytest.raises(DataError, match="float32 cannot hold"):
        served.raw_scores(Data(np.full((1, 3), 1e300), case.data.codes[:1]))


def test_nothing_that_was_handed_in_changes():
    case = CASES["everything"]()
    parameters, buffers = numbers_of(case, np.float32, 1)
    for array in (parameters, buffers, case.data.numbers, case.data.codes):
        array.flags.writeable = False
    data = Data(case.data.numbers, case.data.codes)
    Networks([Network(case.program, parameters, buffers, None, 0.5)]).raw_scores(replace(data))
