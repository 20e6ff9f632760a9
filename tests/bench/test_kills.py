"""Trainings that are killed are compared with those that are not, and what differs is said."""

import subprocess
import sys

import pytest

from forpass.bench import kills, reliability, victims
from forpass.bench.kills import WAYS, kills_section, measure_kills


def one(training, way=WAYS[0], hits=1, under_way=0, unreadable=(), same=True):
    return {
        "training": training,
        "way": way,
        "moments": [0.5],
        "hits": hits,
        "done": 0,
        "under_way": under_way,
        "unreadable": list(unreadable),
        "same": same,
    }


def test_the_section_counts():
    found = [one("A"), one("A", hits=2, under_way=1), one("B", WAYS[1], hits=0)]
    said = kills_section(found)
    assert "3 times a training" in said and "3 kills fell" in said
    assert "1 trainings were killed again" in said and "1 had networks" in said
    assert "| A | 2 of 2 |" in said and "| B |  | 1 of 1 |" in said
    assert said.rstrip().endswith("All of them came to the same, and every file could be read.")


@pytest.mark.parametrize("wrong", [{"same": False}, {"unreadable": ["a.state: is cut off"]}])
def test_the_section_names_what_is_wrong(wrong):
    said = kills_section([one("A"), one("B", **wrong)])
    assert "| B | 0 of 1 |" in said and "1 did not come to the same" in said and f"B ({WAYS[0]})" in said


OUTCOMES = {
    "refused": 30,
    "unchanged": 5,
    "usable": 3,
    "wrong": 0,
    "exception": 1,
    "code": 0,
    "crash": 1,
    "hang": 0,
    "memory": 0,
}
FAMILY = "model, bytes changed"
FAULT = {"number": 7, "family": FAMILY, "outcome": "crash", "what": "predict", "more": "SIGSEGV"}
MUTANTS = {
    "count": 40,
    "seed": 0,
    "families": {FAMILY: OUTCOMES},
    "seconds": 1.5,
    "memory": {"bytes": 64 << 20, "size": 2 << 10},
    "minutes": 3.0,
    "faults_in_all": 2,
    "faults": [FAULT],
}


def test_the_section_stands_on_the_page_of_reliability(monkeypatch):
    monkeypatch.setattr(reliability, "measure_mutants", lambda *given: MUTANTS)
    monkeypatch.setattr(reliability, "measure_kills", lambda count, note: [one("A")] * count)
    pages = [reliability.reliability_page(reliability.measure_reliability(40, kills=n)) for n in (0, 2)]
    for page in pages:
        assert "| model, bytes changed | 40 | 30 | 5 | 3 | 2 |" in page and "| all | 40 |" in page
        assert "The slowest took 1.5 s" in page and "took most memory 64 MiB, of a file of 2 KiB" in page
        assert "Faults: 2." in page and "| 7 | model, bytes changed | crash | predict | SIGSEGV |" in page
    assert "--mutants 40 --out" in pages[0] and "## Trainings" not in pages[0]
    assert "--mutants 40 --kills 2 --out" in pages[1] and "| A | 2 of 2 |" in pages[1]
    assert pages[1].index("Faults: 2.") < pages[1].index("## Trainings that are killed")


def test_files_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "a.forpass").write_bytes(b"half of")
    (tmp_path / "b.state").write_bytes(b"")
    (tmp_path / "run.json").write_text("{}")
    assert [name.partition(":")[0] for name in kills._unreadable(tmp_path)] == ["a.forpass", "b.state"]


def test_what_is_told_of_models_has_no_times_but_all_else():
    plain = {"seconds": 1.0, "history": [{"seconds": 2.0, "loss": 0.5}], "created": "today"}
    assert victims._without_times(plain) == {"history": [{"loss": 0.5}]}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_trainings_are_killed_and_go_on():
    said = []
    found = measure_kills(6, said.append, ["24 networks", "L-BFGS"])
    assert [one["way"] for one in found] == [WAYS[i] for i in (0, 1, 1, 2, 2, 3)]
    assert all(one["same"] and not one["unreadable"] for one in found) and sum(one["hits"] for one in found)
    assert sum(line.endswith("the same") for line in said) == 6
    assert {len(one["moments"]) for one in found} == {1, 2}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_training_that_comes_to_something_else_is_seen():
    found = kills._killed("L-BFGS", "SIGKILL", [0.5], "another digest", 0.5)
    assert not found["same"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", victims.FAULTS)
def test_faults_are_faults(fault, tmp_path):
    code = (
        f"import warnings; from forpass.bench import victims; victims.loop.SECONDS_BETWEEN = 0.0\n"
        f"warnings.simplefilter('always'); victims.FAULTS[{fault!r}](); victims._many('run')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    assert "cannot write into the folder" in ran.stderr
