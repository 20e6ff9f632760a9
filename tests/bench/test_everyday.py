"""What users wait for is measured: everybody does the work, and the page says what was found."""

import json

import pytest

from forpass.bench import everyday, everyday_tasks, narrow
from forpass.bench.everyday_tasks import OURS, PEER, STEPS, TASKS, Task
from forpass.bench.timing import Effort, Taken, Work
from forpass.cli import bench as command
from forpass.cli.output import Reporter


def done_once(task, folder):
    with task.prepare(folder) as works:
        for work in works.values():
            work.do(1)
    return list(works)


LIGHT = [task for task in TASKS if task.group in ("Fitting", "One row")]


@pytest.mark.slow
@pytest.mark.parametrize("task", LIGHT, ids=lambda task: task.what)
def test_everybody_does_the_work(task, tmp_path):
    names = done_once(task, tmp_path)
    assert names[0] == OURS and PEER in names
    assert (STEPS in names) == ("but for its steps" in task.what)


@pytest.mark.slow
@pytest.mark.parametrize("serving", [False, True])
def test_processes_end_well(serving, tmp_path):
    task = Task("", "", "", lambda folder: everyday_tasks._commands(folder, serving))
    assert done_once(task, tmp_path) == [OURS, PEER]
    assert (tmp_path / "small.forpass").exists() and (tmp_path / "small.joblib").exists()


def test_everybody_reads_the_same_file(tmp_path):
    task = Task("", "", "", lambda folder: everyday_tasks._read(folder, 20, 10))
    assert done_once(task, tmp_path) == [OURS, "polars", "pandas"]
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_on_a_busy_machine_one_thread_is_measured_too(tmp_path):
    assert done_once(TASKS[-1], tmp_path) == [OURS, f"{OURS}, 1 thread", PEER, f"{PEER}, 1 thread"]


@pytest.fixture
def two_tasks(monkeypatch):
    """Tasks whose times are known."""
    taken = iter(
        [
            {OURS: Taken(5e-3, 4e-3, 6e-3), STEPS: Taken(3e-3, 3e-3, 3e-3), PEER: Taken(1.0, 0.5, 2.0)},
            {OURS: Taken(2.0, 1.0, 3.0), "polars": Taken(1.5, 1.0, 2.5)},
        ]
    )

    class Prepared:
        def __enter__(self):
            return {}

        def __exit__(self, *error):
            return None

    tasks = tuple(
        Task("Fitting", what, goal, lambda folder: Prepared())
        for what, goal in (("a", "1 ms"), ("b", "1.5x"))
    )
    monkeypatch.setattr(everyday, "TASKS", tasks)
    monkeypatch.setattr(everyday, "in_turns", lambda works, effort: next(taken))
    steps = [("forpass", 2e-6, 0.5), ("scikit-learn", 2e-4, 0.005)]
    rows = [
        {"recipe": "SGD", "case": "steel", "contender": name, "threads": 1, "seconds": s, "quartiles": [s, s]}
        | {"of_peak": of_peak, "peak_gigaflops": 60.0}
        for name, s, of_peak in steps
    ]
    monkeypatch.setattr(everyday, "_narrow", lambda quick: rows)


def test_the_page_shows_times_goals_and_ratios(two_tasks, capsys, tmp_path):
    command.everyday(True, str(tmp_path / "page.md"), Reporter(as_json=True))
    found = json.loads(capsys.readouterr().out)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert [(row["task"], row["contender"]) for row in found["tasks"]] == [
        ("a", OURS),
        ("a", PEER),
        ("b", OURS),
        ("b", "polars"),
    ]
    assert "| a | 1 ms | 2 ms | scikit-learn 1 s (500x) |" in page  # less the steps
    assert "| b | 1.5x | 2 s (1.33x) | polars 1.5 s (~0.75x) |" in page  # their middle halves overlap
    assert "| steel | 2 (1t) | 50% (1t) | 200 (1t) 100x |" in page
    assert "Made by `forpass bench everyday --out docs/everyday.md` on " in page


def test_narrow_steps_are_those_of_a_processor_without_wider_vectors(monkeypatch, capsys):
    seen = []

    def measure(present, effort, note, recipes):
        seen.append((present, list(recipes), narrow.llvm.get_host_cpu_features()))
        return [{"seconds": 1.0}]

    class Features(dict):
        pass

    monkeypatch.setattr(narrow, "measure_steps", measure)
    has = Features({"avx2": True, "avx512f": True, "avx512vl": True, "fma": True, "mmx": False})
    monkeypatch.setattr(narrow.llvm, "get_host_cpu_features", lambda: has)
    narrow.main("quick")
    assert json.loads(capsys.readouterr().out) == [{"seconds": 1.0}]
    held = {"avx2": True, "avx512f": False, "avx512vl": False, "fma": True, "mmx": False}
    assert seen == [(["forpass", "scikit-learn"], ["SGD"], held)] and type(seen[0][2]) is Features
    monkeypatch.setattr(narrow.llvm, "get_host_cpu_features", Features)
    narrow.main("full")
    assert json.loads(capsys.readouterr().out) == []


def test_everybody_is_in_the_registry_of_goals():
    """Each line of the page has a goal, but for the fit of nothing, which is there to be compared with."""
    assert [task.what for task in TASKS if not task.goal] == [TASKS[0].what]
    assert Effort(*everyday.QUICK) < Effort(*everyday.FULL)
    assert isinstance(Work(lambda count: None, 1).threads, int)
