"""What holds for every lesson: it runs, in both languages, and all its words are translated."""

import importlib
import json
import re
import string
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import forpass.lessons
from forpass.cli.lesson import run
from forpass.cli.output import Reporter
from forpass.lessons import LESSONS
from forpass.lessons.korean import korean
from forpass.lessons.page import Page, in_columns, wrapped
from forpass.shown import width

FOLDER = Path(forpass.lessons.__file__).parent
OTHERS = {"__init__", "page", "compare"}
HANGUL = re.compile("[\uac00-\ud7a3]")


def module(lesson):
    return importlib.import_module(f"forpass.lessons.{lesson.module}")


def fields(template):
    return {field[1:] for field in string.Formatter().parse(template) if field[1] is not None}


# --- the table -----------------------------------------------------------------------------------


def test_every_lesson_is_in_the_table_once():
    modules = [lesson.module for lesson in LESSONS]
    assert sorted(modules) == sorted({path.stem for path in FOLDER.glob("*.py")} - OTHERS)
    assert sorted(modules) == sorted({path.stem for path in FOLDER.glob("korean/*.py")} - OTHERS)
    assert [lesson.name.replace("-", "_") for lesson in LESSONS] == modules


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_every_lesson_runs_in_korean_and_draws(lesson, tmp_path, with_data):
    with_data(lesson.name)
    lines, words = [], Asked(korean(lesson.module))
    page = Page(lesson.name, lines.append, words, tmp_path)
    module(lesson).lesson(page)
    assert page.untranslated == []
    left_over = set(korean(lesson.module)) - set(korean()) - words.asked
    assert left_over == set(), "texts that the lesson does not say any more"
    assert page.figures
    json.dumps(page.figures)  # plain values
    assert max(map(width, lines)) <= 100
    assert sorted(map(str, tmp_path.iterdir())) == sorted(page.plots)
    assert all(Path(plot).read_bytes().startswith(b"\x89PNG") for plot in page.plots)


class Asked(dict):
    """A dict that knows what it was asked for."""

    def __init__(self, words):
        super().__init__(words)
        self.asked = set()

    def __contains__(self, key):
        self.asked.add(key)
        return super().__contains__(key)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_translations_have_the_fields_of_their_templates(lesson):
    for english, translation in korean(lesson.module).items():
        assert fields(english) == fields(translation), english


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_korean_stands_in_its_folder(lesson):
    assert not HANGUL.search((FOLDER / f"{lesson.module}.py").read_text(encoding="utf-8"))
    texts = [text for text in korean(lesson.module).values() if len(text) > 40]
    assert texts and all(HANGUL.search(text) for text in texts)


# --- the page ------------------------------------------------------------------------------------


def test_the_same_is_refused_when_it_is_not():
    page = Page("any", write=lambda line: None)
    page.same("close", [1.0, 2.0], [1.0, 2.0 + 1e-13], digits=12)
    page.same("close for its size", [1e6], [1e6 + 1e-7], digits=12)
    no_numbers = ([np.nan], [1.0]), ([np.nan], [np.nan]), ([1.0], [np.inf])
    for theirs, ours in ([1.0], [1.1]), ([1.0], [[1.0]]), *no_numbers:
        with pytest.raises(AssertionError, match="close"):
            page.same("close", theirs, ours, digits=12)


def test_a_figure_is_kept_once_and_as_plain_values():
    page = Page("any", write=lambda line: None)
    page.figure("array", np.eye(2))
    page.figure("number", np.float64(0.5))
    page.figure("both", {"row": [np.int64(1), np.arange(2)]})
    assert page.figures == {"array": [[1.0, 0.0], [0.0, 1.0]], "number": 0.5, "both": {"row": [1, [0, 1]]}}
    json.dumps(page.figures)
    with pytest.raises(ValueError, match="already"):
        page.figure("number", 1.0)


def test_korean_letters_take_two_places():
    assert [width("ab"), width("가나"), width("XOR은")] == [2, 4, 5]
    assert all(width(line) <= 88 for line in wrapped("뉴런은 입력에 가중치를 곱합니다. " * 20))
    assert in_columns([["층", "크기"], ["은닉층", "2"]]) == ["층      크기", "은닉층     2"]


def test_what_has_no_translation_is_said_in_english_and_kept():
    lines = []
    page = Page("any", write=lines.append, words={"known {n}": "아는 {n}"})
    page.say("known {n}", n=1)
    page.say("unknown {n}", n=2)
    assert lines == ["아는 1", "", "unknown 2"] and page.untranslated == ["unknown {n}"]


# --- the command ---------------------------------------------------------------------------------


def command(*words, **options):
    ran = subprocess.run(
        [sys.executable, "-m", "forpass", "lesson", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        **options,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.slow
def test_lessons_are_listed_in_reading_order():
    code, out, _ = command()
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[: len(LESSONS)]] == [le.name for le in LESSONS]
    assert {le.line for le in LESSONS} <= set(korean())
    assert "뉴런" in command("--lang", "ko")[1]
    listed = json.loads(command("--json")[1])["lessons"]
    assert [le["name"] for le in listed] == [le.name for le in LESSONS]


@pytest.mark.slow
def test_a_lesson_can_be_told_read_counted_and_drawn(tmp_path):
    code, out, err = command("gates")
    assert code == 0 and "NAND" in out and "forpass computes the same" in out and "--show" in out
    code, out, _ = command("gates", "--lang", "ko")
    assert code == 0 and "은닉층" in out and "소스 보기" in out
    code, out, _ = command("gates", "--show")
    assert code == 0 and out.strip() == (FOLDER / "gates.py").read_text(encoding="utf-8").strip()
    code, out, err = command("gates", "--json", "--plot", str(tmp_path / "new" / "folder"))
    found = json.loads(out)
    assert code == 0 and found["figures"]["XOR"] == [0, 1, 1, 0]
    assert found["plots"] == [str(tmp_path / "new" / "folder" / "gates-plane.png")]
    plot = Path(found["plots"][0])
    assert "written: " in err and plot.exists()
    plot.write_text("mine")
    code, out, err = command("gates", "--plot", str(plot.parent))
    assert code == 2 and out == "" and "gates-plane.png is there already; say --force" in err
    assert plot.read_text() == "mine"
    code, _, _ = command("gates", "--plot", str(plot.parent), "--force")
    assert code == 0 and plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gate",), "did you mean 'gates'?"),
        (("gates", "--lang", "kr"), "unknown language 'kr'"),
        (("--plot", "plots"), "forpass lesson NAME --plot"),
        (("--show",), "forpass lesson NAME --show"),
        (("gates", "--show", "--plot", "plots"), "leave out --show or --plot"),
        (("gates", "--plot", str(FOLDER / "page.py")), "cannot make the folder"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, words, said):
    code, out, err = command(*words, cwd=tmp_path)
    assert code == 2 and said in err and out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_lesson_that_was_changed_is_told_where_it_differs(monkeypatch, capsys):
    monkeypatch.setattr("forpass.lessons.three_layer.sigmoid", np.tanh)
    with pytest.raises(forpass.InputError, match=r"A1: forpass and the lesson differ .* changed the lesson"):
        run("three-layer", False, "", False, "en", Reporter(as_json=False))
    assert "forpass computes the same: Z1" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist", "abalone", "pulsar", "steel"])
def test_without_its_data_a_lesson_says_how_to_get_them(name, tmp_path, monkeypatch):
    monkeypatch.setenv("FORPASS_DATA", str(tmp_path))
    code, out, err = command(name)
    assert code == 2 and out == "" and "set FORPASS_DATA to a folder with" in err
    assert len(err.splitlines()) == 1


def test_without_matplotlib_it_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(forpass.InputError, match=r'pip install "forpass\[lessons\]"'):
        Page("any", folder=tmp_path)
