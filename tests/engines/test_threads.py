"""How many processors there are to be used: joblib's answer, wherever it is asked."""

import os

import pytest
from later import later

from forpass.engines import threads
from forpass.engines.threads import processors

cpu_count = later("joblib", "cpu_count")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine of eight processors without containers."""
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    monkeypatch.setattr(threads, "CONTAINER", tmp_path)
    return tmp_path


def test_here_it_is_what_joblib_says():
    assert processors() == cpu_count()


def test_all_where_nothing_limits_them(machine):
    assert processors() == 8


def test_those_that_the_process_may_run_on(machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {1, 5}, raising=False)
    assert processors() == 2


@pytest.mark.parametrize(("said", "expected"), [("3", 3), ("0", 1), ("99", 8), ("", 8), ("many", 8)])
def test_no_more_than_a_variable_says(machine, monkeypatch, said, expected):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", said)
    assert processors() == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.cfs_quota_us": "50000\n", "cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}, 8),
        ({"cpu.cfs_quota_us": "50000\n"}, 8),
    ],
)
def test_no_more_than_the_container_has(machine, files, expected):
    (machine / "cpu").mkdir()
    for name, text in files.items():
        (machine / ("" if name == "cpu.max" else "cpu") / name).write_text(text)
    assert processors() == expected
