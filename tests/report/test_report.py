"""Reports of every task, on rows that were learnt from and on others: pages that hold what was computed."""

import html
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from browser import needs_browser, told_by

import forpass as fp
from forpass.api.evaluation import figures_of
from forpass.report.answers import MOST_ROWS, answers_of
from forpass.report.budget import rows_within
from forpass.report.drift import drifts

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
ID = re.compile(r'\bid="([^"]*)"')
TASKS = ("two classes", "classes", "values", "several values", "labels")


def table_of(task, n=120, seed=0):
    """A table for each task, with a category, gaps, and names that a page must not take for its own."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    score = 2.0 * x - z + 0.5 * rng.normal(size=n)
    table = {"z & 'co'": z.tolist(), "<script>alert(1)</script>": x.tolist()}
    table["town"] = [("<b>ulm</b>", "bonn", "köln")[i % 3] for i in range(n)]
    table["gaps"] = [None if i % 7 == 0 else float(i % 5) for i in range(n)]
    if task == "two classes":
        table["y"] = np.where(score > 0, "<yes>", "no").tolist()
    elif task == "classes":
        table["y"] = np.digitize(score, [-1.0, 1.0]).tolist()
    elif task == "labels":
        table |= {"a": (score > 0).astype(int).tolist(), "b": (x + z > 0.5).astype(int).tolist()}
    else:
        table["y"] = score.tolist()
        if task == "several values":
            table["w"] = (1000.0 * z + x).tolist()
    return table


TARGETS = {"several values": ["y", "w"], "labels": ["a", "b"]}
HOW = {"labels": {"task": "multilabel"}, "classes": {"task": "classification"}}


def trained(task, **options):
    return fp.train_table(table_of(task), TARGETS.get(task, "y"), **HOW.get(task, {}), **options)


@pytest.fixture(scope="module")
def plain():
    return {task: trained(task, epochs=5, hidden=(8,)) for task in TASKS}


@pytest.fixture(scope="module")
def fast():
    return {task: trained(task, preset="fast") for task in TASKS}


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", " ", SVG.sub("", page.html)))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("preset", ["plain", "fast"])
@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_its_page(task, preset, language, request):
    model = request.getfixturevalue(preset)[task]
    page = fp.report_on(model, table_of(task), language=language)
    ids = ID.findall(page.html)
    assert len(ids) == len(set(ids)), "an id stands twice"
    for reference in re.findall(r'(?:url\(|href=")#([^)"]*)', page.html):
        assert reference in ids
    pictures = SVG.findall(page.html)
    assert len(pictures) >= 3
    for picture in pictures:
        assert ET.fromstring(picture).get("aria-label")
    assert len(page.html.encode()) < 3_000_000
    assert page.html.count("<section ") == 9 and f'<html lang="{language}">' in page.html


@pytest.mark.slow
def test_nothing_of_the_data_is_taken_for_html(plain):
    page = fp.report_on(
        plain["two classes"], table_of("two classes"), table_name="<img src=x>.csv", model_file='"m&.forpass'
    )
    assert "<script" not in page.html and "<b>" not in page.html and "<img" not in page.html
    assert "alert(1)" in page.html  # it is told all the same
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:|//)|@import|url\([^#]", SVG.sub("", page.html))
    assert "default-src 'none'" in page.html


@pytest.mark.parametrize("task", ["values", "two classes"])
def test_a_single_network_is_judged_by_its_test_rows(plain, task):
    model = plain[task]
    answers = answers_of(model, table_of(task))
    assert len(answers.rows) == model.provenance.rows.test
    found = figures_of(answers.target, answers.asked.rows, answers.scores)
    assert found == pytest.approx(model.provenance.evaluation.figures["network"], rel=1e-5, nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_what_it_rests_on_is_what_training_measured_out_of_fold(fast, task):
    model = fast[task]
    answers = answers_of(model, table_of(task))
    assert answers.are_learnt and len(answers.rows) == 120
    found = figures_of(answers.target, answers.asked.rows, answers.scores)
    # both are of one or two networks for each row; candidates without a weight take part in neither
    expected = model.provenance.evaluation.figures["network"]
    assert found == pytest.approx(expected, rel=0.02, abs=0.02, nan_ok=True)


@pytest.mark.slow
def test_calibration_does_not_flatter_the_rows_that_it_was_fitted_to():
    digits = fp.load_dataset("digits")
    model = fp.train_table(digits.frame, digits.target, preset="fast")
    expected = model.provenance.evaluation.figures["network"]["log_loss"]
    answers = answers_of(model, digits.frame)
    found = figures_of(answers.target, answers.asked.rows, answers.scores)["log_loss"]
    flattering = figures_of(answers.target, answers.asked.rows, answers.asked.scores(answers.asked.rows))
    assert found == pytest.approx(expected, rel=0.02)
    assert flattering["log_loss"] < 0.95 * expected


@pytest.mark.slow
def test_rows_that_all_have_learnt_from_are_judged_by_nobody():
    table = table_of("values")
    model = fp.train_table(table, "y", epochs=2, hidden=(4,), test=0.0, validation=0.0)
    page = text_of(fp.report_on(model, table))
    assert "All networks have learnt from all rows of this table" in page
    assert "Where does it fail?" not in page
    others = table_of("values", seed=1)
    assert "no network has learnt from any of them" in text_of(fp.report_on(model, others))


def test_a_model_that_does_not_know_says_so(plain):
    import dataclasses

    forgetful = dataclasses.replace(plain["values"], left_out=None)
    page = text_of(fp.report_on(forgetful, table_of("values")))
    assert "does not know which rows it has learnt from" in page


def test_the_worst_rows_are_those_with_the_greatest_errors(plain):
    model, table = plain["values"], table_of("values", n=60, seed=3)
    page = fp.report_on(model, table)
    off = np.abs(np.asarray(model.predict(table)) - np.array(table["y"]))
    expected = [str(row) for row in np.argsort(-off, kind="stable")[:5]]
    shown = re.findall(
        r'<th role="rowheader" scope="row" data-head="row" class="number">(\d+)</th>', page.html
    )
    assert shown == expected


@pytest.mark.slow
def test_large_tables_are_sampled_and_it_says_so(plain):
    table = table_of("values", n=MOST_ROWS + 5_000, seed=2)
    answers = answers_of(plain["values"], table)
    assert len(answers.rows) == MOST_ROWS and answers.rows[-1] > MOST_ROWS
    page = text_of(fp.report_on(plain["values"], table))
    assert "Of 15,000 rows an even sample of 10,000 rows was looked at" in page


@pytest.mark.slow
def test_the_same_model_and_table_give_the_same_page(plain):
    first, second = (fp.report_on(plain["classes"], table_of("classes")) for _ in range(2))
    assert first.html == second.html


def test_a_model_of_arrays_is_refused():
    data = fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    model = fp.train(fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(epochs=1), data)
    with pytest.raises(fp.TableError, match="trained on arrays"):
        fp.report_on(model, {"a": [1.0]})


def test_what_is_missing_is_said_with_the_line_that_installs_it(plain, monkeypatch):
    from forpass.report import making

    monkeypatch.setattr(making, "NEEDED", ("jinja2", "no_such_package"))
    with pytest.raises(fp.InputError, match=r'pip install "forpass\[report\]"'):
        fp.report_on(plain["values"], table_of("values"))


@pytest.mark.slow
def test_a_model_reports_on_itself(plain, tmp_path):
    page = plain["values"].report(table_of("values"))
    assert page.save(tmp_path / "report.html").read_text(encoding="utf-8") == page.html
    assert "srcdoc=" in page._repr_html_() and "MB; .save(" in repr(page)
    assert "Evaluation on" in repr(plain["values"].report())


# --- drift ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_drift_is_what_is_large_and_no_chance(plain):
    preprocessing, table = plain["values"].preprocessing, table_of("values", n=400, seed=5)
    assert list(drifts(preprocessing, fp.preprocessing.read_columns(table))) == []
    table["z & 'co'"] = [value + 3.0 for value in table["z & 'co'"]]
    table["gaps"] = [None if i % 2 else 1.0 for i in range(400)]
    table["town"] = ["paris" if i < 9 else word for i, word in enumerate(table["town"])]
    found = {one.column: one for one in drifts(preprocessing, fp.preprocessing.read_columns(table))}
    assert {name: one.kind for name, one in found.items()} == {
        "z & 'co'": "shift",
        "gaps": "gaps",
        "town": "words",
    }
    assert found["town"].now == 9 and found["gaps"].now == 0.5 and found["z & 'co'"].apart > 1.0
    with pytest.warns(fp.ForpassWarning, match="words never seen"):
        page = text_of(fp.report_on(plain["values"], table))
    assert "holds words that no training row had, in 9 rows" in page


def test_of_few_rows_chance_is_no_drift(plain):
    few = table_of("values", n=4, seed=6)
    kinds = [one.kind for one in drifts(plain["values"].preprocessing, fp.preprocessing.read_columns(few))]
    assert kinds == []


@pytest.mark.slow
def test_leaks_and_row_numbers_are_named():
    table = table_of("values", n=300)
    table["number"] = list(range(300))
    table["copy"] = [2.0 * y for y in table["y"]]
    with pytest.warns(fp.ForpassWarning):
        model = fp.train_table(table, "y", epochs=2, hidden=(4,))
    page = text_of(fp.report_on(model, table))
    assert "copy determines the target" in page


def test_the_budget_is_by_arithmetic():
    assert rows_within(1, 1.0) == 40_000_000_000 and rows_within(10**12, 0.5, least=7) == 7


# --- the command ---------------------------------------------------------------------------------


def write(path, table):
    import pandas as pd

    pd.DataFrame(table).to_csv(path, index=False)


@pytest.mark.slow
def test_the_command_writes_a_report(forpass, tmp_path, plain):
    write(tmp_path / "t.csv", table_of("values"))
    plain["values"].save(tmp_path / "m.forpass")
    code, out, _ = forpass("report", "m.forpass", "t.csv")
    assert code == 0 and out.split() == ["report", "m.html"]
    page = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert "forpass predict m.forpass t.csv --out predictions.csv" in html.unescape(page)
    code, _, err = forpass("report", "m.forpass", "t.csv")
    assert code == 2 and "m.html is there already" in err
    code, out, _ = forpass("report", "m.forpass", "t.csv", "--out", "m.html", "--lang", "ko", "--json")
    assert code == 0 and '"report": "m.html"' in out
    assert '<html lang="ko">' in (tmp_path / "m.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "t.csv", "m.forpass"), "the model comes first"),
        (("report", "m.forpass", "t.csv", "--out", "t.csv"), "is read by this command and would be lost"),
        (("report", "m.forpass", "t.csv", "--lang", "fr"), "unknown language of a report 'fr'"),
        (("report", "m.forpass", "iris"), "lacks the target 'y'"),
        (("train", "t.csv", "-t", "y", "--out", "./n.html", "--report", "n.html"), "cannot be both"),
        (("train", "t.csv", "-t", "y", "--report", "no/r.html"), "there is no folder no"),
        (("train", "t.csv", "-t", "y", "--lang", "ko"), "--lang is the language of the report"),
    ],
)
def test_a_report_that_cannot_be_is_refused_at_once(forpass, tmp_path, plain, words, said):
    write(tmp_path / "t.csv", table_of("values"))
    plain["values"].save(tmp_path / "m.forpass")
    code, out, err = forpass(*words)
    assert code == 2 and said in err and out == ""
    assert not (tmp_path / "n.html").exists()


@pytest.mark.slow
def test_training_ends_with_a_report_where_it_was_asked_for(forpass, tmp_path):
    write(tmp_path / "t.csv", table_of("two classes"))
    words = ("train", "t.csv", "-t", "y", "--epochs", 3, "--report", "r.html")
    code, out, _ = forpass(*words)
    assert code == 0 and out.splitlines()[-1].split() == ["report", "r.html"]
    page = html.unescape((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "forpass train t.csv -t y --epochs 3 --report r.html" in page and "SHA-256 of the file" in page


@pytest.mark.slow
def test_a_table_that_is_read_in_portions_is_sampled(forpass, tmp_path, plain):
    write(tmp_path / "t.csv", table_of("values", n=25_000, seed=4))
    plain["values"].save(tmp_path / "m.forpass")
    code, _, err = forpass("report", "m.forpass", "t.csv", "--max-memory", 100_000)
    assert code == 0 and "read in portions" in err
    page = html.unescape((tmp_path / "m.html").read_text(encoding="utf-8"))
    assert "Of 25,000 rows an even sample" in page


# --- in a browser --------------------------------------------------------------------------------

OVERFLOWS = """
const root = page.documentElement, wide = frame.contentWindow.innerWidth;
tell(Math.max(0, root.scrollWidth - wide));
tell([...page.querySelectorAll("body *")].filter(one => {
  const at = one.getBoundingClientRect();
  return at.width > 0 && at.right > wide + 1 && !one.closest(".wide, pre, svg, .skip");
}).map(one => one.tagName + "." + one.className).slice(0, 5));
tell(page.querySelectorAll("svg").length > 3);
"""


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("task", TASKS)
def test_nothing_is_wider_than_the_screen_and_the_console_is_silent(fast, task, width, tmp_path):
    page = fp.report_on(fast[task], table_of(task), language="ko")
    assert told_by(tmp_path, page.html, OVERFLOWS, width) == "[0,[],true]"
