"""The bar that a notebook shows while one waits, and the lines that stand for it elsewhere."""

import os
import re
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import forpass as fp
from forpass.training import bar, progress
from forpass.training.events import BaselineStep, NetworkEnded, NetworksEnded, NetworksStarted

ROOT = Path(__file__).parents[2]
DATA = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
LINE = fp.multilayer(1, [], 1, "squared")


class Publisher:
    """Keeps what a notebook would show, in the order in which it was sent."""

    def __init__(self):
        self.sent = []

    def publish(self, data, metadata, transient, update):
        self.sent.append((transient["display_id"], update, data["text/html"], data["text/plain"]))


@pytest.fixture
def notebook(monkeypatch):
    shell = SimpleNamespace(kernel=object(), execution_count=1, display_pub=Publisher())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(bar.time, "perf_counter", lambda: shell.now)
    shell.now = 0.0
    return shell


def shares(notebook):
    found = (re.search(r'<progress value="([\d.]+)"', html) for _, _, html, _ in notebook.display_pub.sent)
    return [one[1] if one else None for one in found]


def test_a_run_has_one_bar_that_is_renewed_in_its_place_and_ends_full(notebook):
    show = fp.ProgressBar()

    def listener(event):
        show(event)
        notebook.now += 1.0

    fp.train(LINE, fp.TrainingSpec(epochs=4), DATA, listener=listener)
    assert shares(notebook) == ["0.2500", "0.5000", "0.7500", "1.0000", "1.0000"]
    assert len({place for place, *_ in notebook.display_pub.sent}) == 1
    assert [update for _, update, *_ in notebook.display_pub.sent] == [False, True, True, True, True]
    _, _, html, text = notebook.display_pub.sent[1]
    assert "<span" in html and "epoch 2/4 · loss " in html and " · at most 0:02 left" in html
    assert text.startswith("[############------------]  epoch   2/4  loss ")
    assert "ended: epochs" in notebook.display_pub.sent[-1][2]


def test_it_is_renewed_at_most_four_times_a_second_and_always_at_the_end(notebook):
    show = fp.ProgressBar()

    def listener(event):
        show(event)
        notebook.now += 0.1

    fp.train(LINE, fp.TrainingSpec(epochs=10), DATA, listener=listener)
    assert shares(notebook) == ["0.1000", "0.4000", "0.7000", "1.0000", "1.0000"]


def test_of_many_networks_it_counts_these(notebook):
    show = fp.ProgressBar()
    for event in (
        NetworksStarted(2, 30.0),
        NetworkEnded(0, "network <1>", "accuracy", 0.5, True, 1.0, 10.0),
        NetworkEnded(1, "network 2", "accuracy", 0.75, True, 1.0, 20.0),
        NetworksEnded(),
    ):
        show(event)
        notebook.now += 1.0
    assert shares(notebook) == ["0.3333", "1.0000", "1.0000"]
    first, *_, last = (html for _, _, html, _ in notebook.display_pub.sent)
    assert "networks 1/2 · 33 % · best accuracy 0.5000 (network &lt;1&gt;) · at most 0:0" in first
    assert "networks 2/2 · best accuracy 0.7500 (network 2)</span>" in last


def test_networks_that_were_not_begun_leave_a_full_bar(notebook):
    show = fp.ProgressBar()
    for event in (NetworksStarted(3, 30.0), NetworkEnded(0, "network 1", "", None, True, 1.0, 10.0)):
        show(event)
    show(NetworksEnded())
    assert shares(notebook)[-1] == "1.0000" and "networks 1/1" in notebook.display_pub.sent[-1][2]
    show(NetworksStarted(2, 2.0))
    show(NetworksEnded())  # without a single one
    assert shares(notebook)[-1] == "1.0000"


def test_of_a_baseline_nobody_knows_how_long_it_takes(notebook):
    fp.ProgressBar()(BaselineStep(7))
    ((_, _, html, text),) = notebook.display_pub.sent
    assert "<progress max" in html and "linear baseline · step 7" in html and text.startswith("[----")


def test_another_cell_has_another_bar(notebook):
    show = fp.ProgressBar()
    for cell in (1, 2):
        notebook.execution_count = cell
        fp.train(LINE, fp.TrainingSpec(epochs=2), DATA, listener=show)
    assert len({place for place, *_ in notebook.display_pub.sent}) == 2
    assert [update for _, update, *_ in notebook.display_pub.sent].count(False) == 2


def test_folds_importance_and_explanations_have_it(notebook):
    draws = np.random.default_rng(0).normal(size=(60, 3))
    table = {"a": draws[:, 0], "b": draws[:, 1], "y": draws @ [1.0, 2.0, 0.1]}
    shown = []

    def of(call):
        notebook.display_pub.sent.clear()
        notebook.execution_count += 1
        found = call(fp.ProgressBar())
        shown.append(notebook.display_pub.sent[-1][2])
        assert shares(notebook)[-1] == "1.0000"
        return found

    how = {"hidden": 3, "epochs": 3, "preset": "plain"}
    model = of(lambda show: fp.train_table(table, "y", listener=show, **how))
    of(lambda show: fp.cross_validate(table, "y", folds=3, hidden=3, epochs=3, listener=show))
    of(lambda show: fp.importance(model, table, repeats=4, listener=show))
    of(lambda show: fp.explain(model, table, listener=show))
    of(lambda show: fp.explain(model, table, max_evaluations=1, listener=show))
    assert "epoch 3/3" in shown[0] and "networks 3/3" in shown[1] and ">8/8<" in shown[2]
    done, count = re.search(r">([\d,]+)/([\d,]+)<", shown[3]).groups()
    assert done == count


def test_threads_take_turns(notebook):
    show, count = fp.ProgressBar(), 200
    numbers = iter(range(1, count + 1))
    work = [threading.Thread(target=lambda: [show(n, count) for n in numbers]) for _ in range(1)]
    work += [threading.Thread(target=lambda: [show(n, count) for n in range(1, 50)]) for _ in range(3)]
    for one in work:
        one.start()
    for one in work:
        one.join()
    assert shares(notebook)[-1] == "1.0000" and sum(not u for _, u, *_ in notebook.display_pub.sent) == 1


def test_elsewhere_the_same_words_come_as_lines(capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    fp.train(LINE, fp.TrainingSpec(epochs=3), DATA, listener=fp.ProgressBar())
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch   1/3  loss ") and last.startswith("epoch   3/3  loss ")
    show = fp.ProgressBar()
    show(1, 40)
    show(40, 40)
    assert capsys.readouterr().out.splitlines()[-1] == "40/40"


def test_a_terminal_of_ipython_is_no_notebook(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=SimpleNamespace))
    fp.ProgressBar()(3, 3)
    assert capsys.readouterr().out == "3/3\n"
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    fp.ProgressBar()(3, 3)
    assert capsys.readouterr().out == "3/3\n"


@pytest.mark.filterwarnings("ignore:max_iter")
def test_estimators_show_it_where_they_are_verbose(notebook, capsys):
    X, y = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 2
    fp.MLPClassifier(max_iter=3, early_stopping=False, verbose=True, tol=0.0).fit(X, y)
    assert shares(notebook)[-1] == "1.0000" and not capsys.readouterr().out


def test_counts_become_a_line_with_the_time_left(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    line = progress.CountLine()
    assert line(0, 40) and line.text == "0/40"
    now[0] = 3.0
    assert line(10, 40) and (line.text, line.share) == ("10/40  at most 0:09 left", 0.25)
    assert not line(9, 40)  # told late
    assert line(1, 40) and line.text.startswith("1/40")  # another work
    assert line(7, 7) and line.text == "7/7"


CELLS = """
import warnings, numpy as np, forpass as fp
warnings.simplefilter("ignore")
draws = np.random.default_rng(0).normal(size=(90, 2))
table = {"a": draws[:, 0], "b": draws[:, 1], "kind": np.where(draws[:, 0] > 0, "<script>", "x")}
---
model = fp.train_table(table, "kind", hidden=4, epochs=9, preset="plain", listener=fp.ProgressBar())
model
---
bar = fp.ProgressBar()
both = fp.train_table(table, "kind", preset="fast", listener=bar)
both
---
folds = fp.cross_validate(table, "kind", folds=3, hidden=4, epochs=5, listener=bar)
folds
---
needs = fp.importance(both, table, repeats=2, listener=bar)
needs
---
why = fp.explain(both, table, listener=bar)
why
---
estimator = fp.MLPClassifier(max_iter=20, verbose=True).fit(draws, table["kind"])
estimator
---
model.history
---
both.report()
---
both.provenance.evaluation
---
model.provenance
---
model.trace(model.encode(table, with_targets=True), rows=[0])
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_real_notebook_shows_bars_and_tables(monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient, of the group test")
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat, of the group test")
    pytest.importorskip("ipykernel", reason="needs ipykernel, of the group test")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS.split("---\n")]
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    _, *cells = notebook.cells
    for cell in cells:
        (result,) = (o["data"] for o in cell.outputs if o.output_type == "execute_result")
        assert "text/plain" in result
        assert "estimator" in cell.source or 'class="forpass"' in result["text/html"]
        assert "<script>" not in result["text/html"] or "estimator" in cell.source
    for cell, words in zip(
        cells, ["epoch 9/9", "networks", "networks 3/3", "4/4", "/", "epoch"], strict=False
    ):
        (shown,) = (o["data"] for o in cell.outputs if o.output_type == "display_data")
        assert '<progress value="1.0000"' in shown["text/html"] and words in shown["text/html"]
        assert shown["text/plain"].startswith("[########################]")
