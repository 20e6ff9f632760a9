"""Every number of every pass is what its element says it is made of."""

import itertools
import math
import re
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

import forpass as fp
from forpass.engines import reference
from forpass.engines.conformance import cases as conformance
from forpass.engines.initial import fresh_state
from forpass.engines.reference.tape import HOW
from forpass.errors import DataError, UnknownNameError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.optimizers import OPTIMIZERS
from forpass.trace import element, readers, statistics_of
from forpass.trace.made import TERMS

CASES = {
    **conformance.cases(),
    **conformance.training_cases(),
    **{name: partial(conformance.optimised_by, conformance.everything(), name) for name in OPTIMIZERS},
}
MOST_CELLS = 6

MAY_BE_EMPTY = ("by code", "encoded back")
"""Sums that may have no terms: no row of the batch has the code, or the column is not encoded."""

IN_WORDS = {
    r"mean of w loss \+ penalty": "every loss and every penalised number goes in",
    r"root of the sum of all squares": "every gradient goes in",
    r"\w+\(Z\d, T\)": "the loss's name: its formula stands in the registry LOSSES",
    r"derivative of objective by Z\d": "the loss's derivative, by its name",
    r"(row|column) (means|variances) of \w+": "a mean, of numbers that are named",
    r"d\w+ back through (batch|layer)_norm": "by mean and variance all of a row or column goes in",
    r"column sums of dS\w+ by (scale|shift|slope)\w+(, by member)?": "by its name: COLUMNWISE",
    r"d[AS]\w+ \w+'\(\w+\)": "the derivative of an activation, by its name",
    r"dropout\(\w+\)": "what becomes of a random word",
}
"""Formulas that stay as they are said, and why; all others are carried out, or are sums of products."""


@cache
def tape_of(name):
    case = CASES[name]()
    case = replace(case, training=replace(case.training, dtype="float64"))
    state = fresh_state(case.program, case.training, case.data)
    state.parameters[...] = case.parameters
    session = reference.start(case.program, state, case.data, case.training)
    session.advance(conformance.plan_of(case, 0, 1))
    return session.trace(conformance.plan_of(case, 1, 2), update=True)


def places(entry):
    """Some cells of an entry, spread over it."""
    if not entry.value.size:
        return []
    chosen = np.unique(np.linspace(0, entry.value.size - 1, MOST_CELLS).astype(int))
    return [tuple(map(int, np.unravel_index(c, entry.value.shape))) for c in chosen]


@pytest.mark.parametrize("name", CASES)
def test_sums_of_products_add_up_to_the_number(name):
    tape = tape_of(name)
    for entry in tape:
        assert entry.how in HOW
        if entry.how in TERMS:
            for place in places(entry):
                found = element(tape, entry.name, place)
                assert found.terms or entry.how in MAY_BE_EMPTY, entry
                total = math.fsum(math.prod(cell.value for cell in term) for term in found.terms)
                assert total == pytest.approx(entry.value[place], rel=1e-9, abs=1e-12), found


ARITHMETIC = re.compile(r"[\w.+\-*/() ^,]*")
KNOWN = {
    "sqrt": math.sqrt,
    "cos": math.cos,
    "sin": math.sin,
    "max": max,
    "min": min,
    "pi": math.pi,
    "sign": np.sign,
    "n": None,
}
KNOWN |= {record.name: record.function for record in (*ACTIVATIONS.values(), *COLUMNWISE.values())}


def value_of(found, n_rows):
    """Carry out the formula of a number, with its symbols; None where it calls a function of a layer."""
    values = {str(cell): cell.value for cell in found.reads}
    text = re.sub(
        "|".join(map(re.escape, sorted(values, key=len, reverse=True))) or "$^", "{}", found.symbols
    )
    order = re.findall("|".join(map(re.escape, sorted(values, key=len, reverse=True))) or "$^", found.symbols)
    text = text.format(*(f"({values[word]!r})" for word in order)).replace("^", "**")
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", text)
    calls = set(re.findall(r"[A-Za-z_]\w*", text)) - {"e"}
    return eval(text, {**KNOWN, "n": n_rows}) if calls <= set(KNOWN) and "'" not in text else None


def taken_over(found):
    """Return the number that was taken over as it is; of a table it is the one that the code names."""
    *code, cell = found.reads
    assert not code or code[0].value == cell.place[0]
    assert found.symbols == (f"{cell.name}[{code[0]}, {cell.place[1]}]" if code else str(cell))
    return cell.value


@pytest.mark.slow
def test_formulas_give_the_number_and_only_those_that_are_listed_stay_in_words():
    """Of the update, of normalisation and of all else that is no sum of products."""
    carried_out, in_words = set(), set()
    for name in CASES:
        tape = tape_of(name)
        for entry in tape:
            if entry.how in TERMS or not entry.inputs:
                continue
            for place in places(entry):
                found = element(tape, entry.name, place)
                picked = entry.how in ("beside", "looked up")
                value = taken_over(found) if picked else value_of(found, len(tape["X"]))
                if value is None:
                    assert found.reads or entry.name in ("objective", "norm"), found
                    in_words.add(entry.formula)
                else:
                    # numbers within a formula are written with six digits
                    assert value == pytest.approx(entry.value[place], rel=2e-5, abs=1e-9), found
                    carried_out.add(re.sub(r"\d+", "", entry.name))
    slots = {f"W.{slot}" for record in OPTIMIZERS.values() for slot in record.slots}
    rest = ["W.new", "W.decayed", "dW.clipped", "dW.rescaled", "N.hat", "N", "mean.new", "variance.new"]
    rest += [
        "P.angles",
        "P.cos",
        "P.sin",
        "P.waves",
        "dP.angles",
        "P.share",
        "P.slope",
        "dV",
        "X",
        "L",
        "A",
        "S",
    ]
    assert slots | set(rest) <= carried_out
    matched = {words: [kind for kind in IN_WORDS if re.fullmatch(kind, words)] for words in in_words}
    assert all(matched.values()), matched
    assert set(IN_WORDS) == {kind for kinds in matched.values() for kind in kinds}


@pytest.mark.parametrize(("name", "how"), [("layer LayerNorm", "rows"), ("layer BatchNorm", "columns")])
def test_rows_and_columns_are_those_of_the_cell(name, how):
    tape, axis, crossed = tape_of(name), 0 if how == "rows" else -1, 0
    for entry in tape:
        for place in places(entry) if entry.how == how else ():
            for cell in element(tape, entry.name, place).reads:
                assert cell.value == tape[cell.name][cell.place]
                if min(tape[cell.name].shape) > 1 and tape[cell.name].ndim == 2:
                    assert cell.place[axis] == place[axis]
                    crossed += 1
    assert crossed > 50


def test_a_row_of_a_table_is_looked_up_and_learns_from_the_rows_that_did():
    inputs = (fp.FeatureGroup("x", "number", 2), fp.FeatureGroup("c", "code", 0, codes=4))
    spec = fp.NetworkSpec(layers=(fp.Embedding(2), fp.Dense(1)), head=fp.Head("squared"), inputs=inputs)
    codes = np.array([[2], [0], [2]], np.int32)
    data = fp.Data([[1.0, 2.0]] * 3, codes, targets=[0.0, 1.0, 2.0])
    tape = fp.train(spec, fp.TrainingSpec(1), data).trace(data)
    found = element(tape, "X0", (2, 3))
    assert (found.symbols, found.numbers) == ("E1[codes[2, 0], 1]", "E1[2, 1]")
    assert [str(cell) for cell in found.reads] == ["codes[2, 0]", "E1[2, 1]"]
    assert element(tape, "X0", (2, 1)).symbols == "X[2, 1]"
    found = element(tape, "dE1", (2, 1))
    assert found.symbols == "dX0[0, 3] + dX0[2, 3]" and [str(c) for c in found.reads][:2] == [
        "codes[0, 0]",
        "codes[1, 0]",
    ]
    assert (element(tape, "dE1", (1, 0)).symbols, tape["dE1"][1, 0]) == ("0", 0.0)
    assert str(readers(tape, "E1", (2, 1))[0]) == "X0[(0, 2), 3]"
    assert [str(reader) for reader in readers(tape, "E1", (1, 1))] == ["E1.new[1, 1]"]
    assert [str(reader) for reader in readers(tape, "codes", (1, 0))] == ["X0[1, 2:4]", "dE1[:, :]"]
    assert [str(reader) for reader in readers(tape, "dX0", (1, 3))] == ["dE1[0, 1]"]


def test_side_by_side_each_cell_comes_from_one():
    spec = fp.NetworkSpec(2, (fp.Concatenate([[fp.Dense(3)], []]), fp.Dense(1)), fp.Head("squared"))
    data = fp.Data([[1.0, 2.0], [3.0, 4.0]], targets=[0.0, 1.0])
    tape = fp.train(spec, fp.TrainingSpec(1), data).trace(data)
    beside = next(entry for entry in tape if entry.how == "beside")
    for place in np.ndindex(beside.value.shape):
        [cell] = element(tape, beside.name, place).reads
        assert cell.value == beside.value[place]
        assert any(r.name == beside.name and r.cells == place for r in readers(tape, cell.name, cell.place))


@pytest.mark.parametrize("name", CASES)
def test_what_a_cell_reads_is_read_by_it(name):
    """From a number to where it came from and back again."""
    tape = tape_of(name)
    for entry in itertools.islice(tape, None, None, 2):
        for place in places(entry)[:3]:
            found = element(tape, entry.name, place)
            cells = [*found.reads, *itertools.chain(*found.terms)]
            for cell in cells[:: max(1, len(cells) // 4)]:
                reached = [r for r in readers(tape, cell.name, cell.place) if r.name == entry.name]
                assert len(reached) == len({str(reader) for reader in reached}) >= 1, (entry, cell)
                mask = np.zeros(entry.value.shape, bool)
                for reader in reached:
                    mask[reader.cells] = True
                assert mask[place], (reached, place, cell)


@pytest.fixture(scope="module")
def small():
    data = fp.Data([[1.0, 2.0], [3.0, -4.0]], targets=[1.0, 0.0])
    spec = fp.NetworkSpec(2, (fp.Dense(1, weights="zeros"),), fp.Head("squared"))
    steps = fp.OptimizerSpec("gradient_descent", learning_rate=0.1)
    return fp.train(spec, fp.TrainingSpec(1, optimizer=steps, dtype="float64"), data).trace(data)


def test_what_it_says(small):
    assert str(element(small, "Z1", (1, 0))) == (
        "Z1[1, 0] = X[1, 0] W1[0, 0] + X[1, 1] W1[1, 0] + b1[0]\n  = 3 * 0.05 + (-4) * 0.1 + 0.05 = -0.2"
    )
    assert element(small, "dW1", (0, 0)).symbols == "X[0, 0] dZ1[0, 0] + X[1, 0] dZ1[1, 0]"
    assert [str(found) for found in readers(small, "W1", (1, 0))] == ["Z1[:, 0]", "dX[:, 1]", "W1.new[1, 0]"]
    assert [str(found) for found in readers(small, "X", (1, 1))] == ["Z1[1, :]", "dW1[1, :]"]


def test_of_a_long_sum_the_largest_terms_are_written():
    data = fp.Data(np.arange(1.0, 101.0)[None], targets=[1.0])
    spec = fp.NetworkSpec(100, (fp.Dense(1, weights="zeros"),), fp.Head("squared"))
    model = fp.train(spec, fp.TrainingSpec(1, optimizer=fp.OptimizerSpec("gradient_descent", 1e-4)), data)
    found = element(model.trace(data), "Z1", (0, 0))
    assert len(found.terms) == 101
    assert found.symbols.startswith("... + X[0, 95] W1[95, 0] + X[0, 96]") and found.symbols.endswith(
        " + ..."
    )


def test_cells_that_are_not_there(small):
    with pytest.raises(DataError, match=r"Z1 has the shape \(2, 1\), and no cell at \(2, 0\)"):
        element(small, "Z1", (2, 0))
    with pytest.raises(DataError, match="no cell"):
        readers(small, "Z1", (0,))
    with pytest.raises(UnknownNameError, match="did you mean 'Z1'"):
        element(small, "z1", (0, 0))


def test_statistics():
    found = statistics_of(np.array([[0.0, -2.0], [np.nan, 5.0]]))
    assert found[:3] == (-2.0, 1.0, 5.0) and found.zeros == 0.25 and found.not_finite == 0.25
    assert math.isnan(statistics_of(np.array([])).mean)
    assert statistics_of(np.array([np.inf])).not_finite == 1.0
