"""What an element names as read is what its number is made of, and nothing else is.

One cell is changed and the step carried out anew, while all else that is written down stays as it was. So an
entry's numbers may only have become others where they name that cell; and of each entry that names another
some number must have become another one by it.
"""

import re
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse

from forpass.engines import reference
from forpass.engines.conformance import cases as conformance
from forpass.engines.initial import fresh_state
from forpass.engines.reference import engine
from forpass.engines.reference.tape import Tape
from forpass.trace import element, readers

CASES = conformance.cases()
MOST_PLACES = 14

BESIDE = r"d?P\d.*\.(scaled|turns)"
"""Entries to be looked at: the numbers behind them are computed from what these were made of."""

UNMOVED = (
    (".*", BESIDE, "it is only looked at"),
    (".*", r"P\d.*\.(low|width|least|most|centre|multiplier)", "it is the layer's, and never changes"),
    (r"dS.* scale'\(.*", "[XZADS].*", "a product is as steep everywhere"),
    (r"dS.* shift'\(.*", ".*", "a sum hands its derivative on as it is"),
    ("column sums of dS.* by .*", "(scale|shift|slope).*", "the function is linear in its parameter"),
    (
        r"derivative of objective by Z\d",
        r"T|Z\d",
        "of some losses the slope hangs on the side of a kink alone",
    ),
    (r"d\w+ \w*relu'\(.*\)", ".*", "so does that of a relu"),
    (r"[\d.]+ sign.*", "W.*", "the sign stays"),
    ("dropout.*", ".*words", "what is handed back may be 0"),
)
"""Formulas, what they name though it may change nothing, and why."""


class Held(Tape):
    """A tape that keeps what it is told, but holds the numbers of another, of which one is changed."""

    others, altered, told = None, ("", ()), None

    def record(self, name, value, *said, **more):
        self.told[name] = np.array(value)
        held = self.others[name].copy()
        if name == self.altered[0]:
            held = another(held, self.altered[1])
        return super().record(name, held, *said, **more)


def another(value, place):
    """Return an array with one number changed: a code is another row's, a random word keeps or drops."""
    value = value.copy()
    if value.dtype == np.uint32:
        value[place] ^= np.uint32(1 << 31)
    elif value.dtype.kind == "i":
        codes = np.setdiff1d(value[:, place[1]], value[place])
        value[place] = codes[0] if len(codes) else value[place]
    else:
        value[place] = 1.25 * value[place] + 0.0625
    return value


def session_of(name):
    case = CASES[name]()
    case = replace(case, training=replace(case.training, dtype="float64"))
    state = fresh_state(case.program, case.training, case.data)
    state.parameters[...] = case.parameters
    session = reference.start(case.program, state, case.data, case.training)
    session.advance(conformance.plan_of(case, 0, 1))
    return session, conformance.plan_of(case, 1, 2)


def told_with(session, plan, tape, monkeypatch, name="", place=()):
    """Return what a step tells of each entry where all it reads is as on a tape, one cell excepted."""
    session, gather, program = copy(session), session._gather, session.program
    session._state = session._state.copy()
    for layout, vector in (
        (program.parameters, session._state.parameters),
        (program.buffers, session._state.buffers),
    ):
        views = layout.views(vector)
        if name in views:
            views[name][...] = another(views[name], place)

    def gathered(rows):
        batch = gather(rows)
        return replace(batch, **{name: another(tape[name], place)}) if name in ("codes", "T", "w") else batch

    session._gather = gathered
    Held.others, Held.altered, Held.told = tape, (name, place), {}
    monkeypatch.setattr(engine, "Tape", Held)
    session.trace(plan, update=True)
    return np.concatenate([Held.told[entry.name].ravel().astype(np.float64) for entry in tape])


def number_of(place, shape):
    return int(np.ravel_multi_index(place, shape)) if place else 0


def named_by(tape):
    """Return which cell names which, all cells of a tape one after the other, and where each entry begins."""
    sizes = [entry.value.size for entry in tape]
    begins = dict(zip((entry.name for entry in tape), np.cumsum([0, *sizes]).tolist(), strict=False))
    rows, columns = [], []
    for entry in tape:
        for k, place in enumerate(np.ndindex(entry.value.shape)) if entry.inputs else ():
            found = element(tape, entry.name, place)
            cells = {*found.reads, *(cell for term in found.terms for cell in term)}
            own = [begins[cell.name] + number_of(cell.place, tape[cell.name].shape) for cell in cells]
            rows += [begins[entry.name] + k] * len(own)
            columns += own
    shape = sum(sizes), sum(sizes)
    return scipy.sparse.csr_array((np.ones(len(rows), np.int64), (rows, columns)), shape), begins


LARGE = ("everything", "batch ensemble", "residuals in residuals")


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n in LARGE)) for n in CASES])
def test_a_number_is_made_of_what_it_names_and_of_nothing_else(name, monkeypatch):
    session, plan = session_of(name)
    tape = session.trace(plan, update=True)
    named, begins = named_by(tape)
    # an update is carried out number by number in test_elements, and not read from the tape
    passes = [entry for entry in tape if entry.phase != "update" and entry.value.size]
    told_of = [entry for entry in passes if entry.inputs and entry.how != "all"]
    beside = [entry for entry in tape if re.fullmatch(BESIDE, entry.name)]
    looked_at = cells_of(told_of, begins)
    through = cells_of(beside, begins)
    allowed = (named + named[:, through] @ named[through]).tocsc()
    base, moved = told_with(session, plan, tape, monkeypatch), set()
    for entry in passes:
        for k in sorted({int(k) for k in np.linspace(0, entry.value.size - 1, MOST_PLACES)}):
            place = tuple(int(i) for i in np.unravel_index(k, entry.value.shape))
            told = told_with(session, plan, tape, monkeypatch, entry.name, place)
            changed = looked_at[told[looked_at] != base[looked_at]]
            naming = allowed[:, [begins[entry.name] + k]].toarray().ravel() > 0
            astray = changed[~naming[changed]]
            assert not len(astray), (entry.name, place, owners(astray, told_of, begins))
            moved |= {(owner, entry.name) for owner in owners(changed, told_of, begins)}
    for entry in told_of:
        for read in entry.inputs:
            never = any(re.fullmatch(f, entry.formula) and re.fullmatch(r, read) for f, r, _ in UNMOVED)
            empty = not tape[read].size
            assert (entry.name, read) in moved or never or empty, (entry.name, entry.formula, read)


def cells_of(entries, begins):
    """Return the numbers of the cells of some entries."""
    ranges = [np.arange(begins[e.name], begins[e.name] + e.value.size) for e in entries]
    return np.concatenate(ranges) if ranges else np.zeros(0, np.int64)


def owners(cells, entries, begins):
    """Return the entries to which some cells belong."""
    return {e.name for e in entries if np.isin(cells, cells_of([e], begins)).any()}


@pytest.mark.parametrize("name", CASES)
def test_readers_of_a_cell_are_those_that_name_it(name):
    session, plan = session_of(name)
    tape = session.trace(plan, update=True)
    named, begins = named_by(tape)
    named, in_all = named.tocsc(), [entry for entry in tape if entry.how == "all"]
    for entry in tape:
        for k in sorted(
            {int(k) for k in np.linspace(0, entry.value.size - 1, 5)} if entry.value.size else ()
        ):
            place = tuple(int(i) for i in np.unravel_index(k, entry.value.shape))
            found = np.zeros(named.shape[0], bool)
            for reader in readers(tape, entry.name, place):
                value = tape[reader.name]
                assert not value[reader.first].ndim
                found[begins[reader.name] + np.arange(value.size).reshape(value.shape)[reader.cells]] = True
            found[cells_of(in_all, begins)] = False
            wanted = named[:, [begins[entry.name] + k]].toarray().ravel() > 0
            assert np.array_equal(found, wanted), (entry.name, place, np.flatnonzero(found != wanted))
