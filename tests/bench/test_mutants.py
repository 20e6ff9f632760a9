"""Mutants: what they are is a function of seed and number; faults are seen; forpass has none."""

import sys
from pathlib import Path

import numpy as np
import pytest

import forpass as fp
from forpass.bench.mutants import driving, measure_mutants, mutants_section
from forpass.bench.mutants.bases import MODELS, TABLE, Bases, make_bases
from forpass.bench.mutants.cases import FAMILIES, Case, case_of
from forpass.bench.mutants.forging import packed
from forpass.bench.mutants.judging import FINE, Judge
from forpass.bench.mutants.tables import rewritten


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("bases")
    make_bases(place)
    return place


@pytest.fixture(scope="module")
def judge(folder, tmp_path_factory):
    return Judge(folder, tmp_path_factory.mktemp("scratch"))


def test_a_number_is_a_mutant(folder):
    bases = Bases.of(folder)
    first, again = ([case_of(3, number, bases) for number in range(60)] for _ in range(2))
    assert first == again != [case_of(4, number, bases) for number in range(60)]
    for start in range(40):
        found = [case.family for case in first[start : start + 20]]
        assert {family: found.count(family) for family in FAMILIES} == FAMILIES


def test_what_is_signed_anew_but_not_changed_is_the_file_itself(folder):
    bases = Bases.of(folder)
    for name in MODELS:
        kind, content, arrays = bases.said[name]
        blob = packed(arrays, {"kind": kind, "schema": 3, "content": content})
        place = folder / "again"
        place.write_bytes(blob)
        assert fp.load(place).fingerprint() == fp.load(folder / f"{name}.forpass").fingerprint()


@pytest.mark.parametrize("number", range(0, 40, 3))
def test_mutants_are_refused_or_work(judge, number):
    case = case_of(1, number, judge.bases)
    outcome, more = judge.judge(case, number)
    assert outcome in FINE, (case.what, more)


def test_another_answer_is_wrong(judge):
    text = judge.bases.blobs[TABLE].decode()
    how, blob = rewritten(text.replace("40.0", "8.0"), np.random.default_rng(0))
    other = Case("table, written otherwise, predicted", TABLE, how, blob, True)
    assert judge.judge(other, 1) == ("wrong", "the same table has other answers")
    refused = other._replace(blob=b"")
    assert judge.judge(refused, 1) == ("wrong", "refused")
    known = judge.known
    judge.known = {name: of._replace(fingerprint="") for name, of in known.items()}
    damaged = Case("model, bytes changed", "classes", "nothing", judge.bases.blobs["classes"], True)
    assert judge.judge(damaged, 1) == ("wrong", "a file that was damaged was read as another")
    judge.known = known
    assert judge.judge(damaged, 1) == ("unchanged", "")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="bounds of memory and time are those of Linux")
def test_every_fault_is_seen_and_others_go_on(monkeypatch):
    import faulty_worker

    monkeypatch.setattr(driving, "WORKER", "faulty_worker")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=":")
    found = measure_mutants(16, note=[].append, workers=1)
    expected = {number: outcome for number, (outcome, _) in faulty_worker.FAULTS.items()}
    assert {fault["number"]: fault["outcome"] for fault in found["faults"]} == expected
    assert sum(sum(outcomes.values()) for outcomes in found["families"].values()) == 16
    page = mutants_section(found)
    assert f"Faults: {len(expected)}." in page and "KeyError" in page


@pytest.mark.slow
def test_a_hundredth_of_the_mutants_shows_no_fault():
    found = measure_mutants(1000, note=[].append)
    assert found["faults"] == []
    assert "All took" in mutants_section(found) or sys.platform != "linux"


@pytest.mark.slow
def test_the_command_writes_the_page(forpass, tmp_path):
    code, _, notes = forpass("bench", "reliability", "--mutants", "40", "--kills", "0", "--out", "page.md")
    assert code == 0, notes
    page = (tmp_path / "page.md").read_text()
    assert "written to page.md" in notes
    assert page.startswith("# Reliability\n\nMade by `forpass bench reliability --mutants 40 --out docs")
    assert "| all | 40 |" in page and "Faults" not in page


def test_the_page_of_the_documents_shows_no_fault():
    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")
    sums = next(line for line in page.splitlines() if line.startswith("| all |"))
    assert sums.endswith("| 0 |") and "Faults:" not in page


def test_the_command_wants_mutants(forpass):
    code, _, err = forpass("bench", "reliability", "--mutants", "0")
    assert code == 2 and "--mutants takes at least 1; got 0" in err
