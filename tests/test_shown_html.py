"""What a notebook shows in place of text: the same numbers, and names that stay names."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import forpass as fp
from forpass.shown_html import block, folded, in_notebook, table

EVIL = "<script>alert(1)</script>"
IMAGE = '<img src="x" onerror="alert(2)">'
EMPTY = {"br", "circle", "img", "input", "path", "rect"}
NUMBER = re.compile(r"\d[\d.,]*\d|\d")


class Page(HTMLParser):
    """The tags and the text of a piece of HTML; it fails where tags do not close each other."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(source)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data + " "


@pytest.fixture(scope="module")
def rows():
    draws = np.random.default_rng(0)
    X = draws.normal(size=(90, 2))
    names = np.array(["plain", EVIL, "a & b"])[np.argmax([X[:, 0], X[:, 1], 0 * X[:, 0]], axis=0)]
    return {IMAGE: X[:, 0], "x": X[:, 1], "kind": names}


@pytest.fixture(scope="module")
def model(rows):
    return fp.train_table(rows, "kind", hidden=(4,), epochs=14, preset="plain")


@pytest.fixture(scope="module")
def shown(rows, model):
    data = model.encode(rows, with_targets=True)
    folds = fp.cross_validate(rows, "kind", folds=3, hidden=3, epochs=4)
    evaluation = model.provenance.evaluation
    return {
        "TrainedModel": model,
        "Ensemble": fp.Ensemble([model, folds.models[0]], [0.75, 0.25], provenance=model.provenance),
        "History": model.history,
        "short History": model.history[:2],
        "Evaluation": evaluation,
        "Reliability": evaluation.reliability,
        "Report": replace(model.report(), importance=fp.importance(model, rows, repeats=2)),
        "Importance": fp.importance(model, rows, repeats=2),
        "Explanation": fp.explain(model, rows, row=3),
        "sampled Explanation": fp.explain(model, rows, row=3, max_evaluations=10),
        "PartialDependence": fp.partial_dependence(model, rows, IMAGE, points=4),
        "CrossValidation": folds,
        "Tape": model.trace(data, rows=[0, 1]),
        "Provenance": model.provenance,
    }


NAMES = [
    *("TrainedModel", "Ensemble", "History", "short History", "Evaluation", "Reliability", "Report"),
    *("Importance", "Explanation", "sampled Explanation", "PartialDependence", "CrossValidation", "Tape"),
    "Provenance",
]


@pytest.mark.parametrize("name", NAMES)
def test_html_shows_the_numbers_of_the_text_and_no_tags_of_users(shown, name):
    thing = shown[name]
    page = Page(thing._repr_html_())
    assert not {"script", "img"} & set(page.tags)
    wanted, found = NUMBER.findall(repr(thing)), set(NUMBER.findall(page.text))
    assert wanted and not [number for number in wanted if number not in found]
    assert repr(thing) and "<style>" not in repr(thing)


def test_names_of_users_are_written_as_they_are(shown):
    assert EVIL in Page(shown["Evaluation"]._repr_html_()).text
    assert EVIL in Page(shown["TrainedModel"]._repr_html_()).text
    assert IMAGE in Page(shown["Importance"]._repr_html_()).text
    assert IMAGE in Page(shown["PartialDependence"]._repr_html_()).text


def test_models_are_shown_with_a_drawing_and_what_they_are_worth(shown):
    page = Page(shown["TrainedModel"]._repr_html_())
    assert page.tags.count("svg") == 1 and "linear" in page.text and "X W1 + b1" in page.text
    page = Page(shown["Ensemble"]._repr_html_())
    assert page.tags.count("svg") == 1
    assert "2 - 4 - 3" in page.text and "2 - 3 - 3" in page.text and "0.75" in page.text


def test_what_was_never_measured_or_trained_is_shown(shown):
    spec = fp.multilayer(2, [3], 1, "squared")
    bare = fp.TrainedModel(spec, np.zeros(13), np.empty(0))
    assert "13 parameters" in Page(bare._repr_html_()).text
    assert "2 - 3 - 1" in Page(fp.Ensemble([bare] * 30)._repr_html_()).text
    assert "and 10 more" in Page(fp.Ensemble([bare] * 30)._repr_html_()).text
    assert "no epochs" in Page(bare.history._repr_html_()).text
    assert "It was not measured" in Page(bare.report()._repr_html_()).text
    assert "untrained" in Page(bare.provenance._repr_html_()).text


def test_tables_have_heads_bars_and_places():
    drawn = table([["", "n"], ["a", "1"], ["b", "2"]], right=[1], bars=[0.5, -2.0])
    assert drawn.count("<th") == 4 and "width:50%" in drawn and 'class="less" style="width:100%"' in drawn
    assert drawn.count('<td class="right">') == 2
    assert Page(drawn).text.split() == ["n", "a", "1", "b", "2"]


def test_words_are_escaped_everywhere():
    for made in (block(EVIL), block(EVIL, head=True), folded(EVIL, block(EVIL)), table([[EVIL], [EVIL]])):
        assert EVIL not in made and EVIL in Page(in_notebook(made)).text
    assert block("") == "" and "\x1b" not in block("a\x1b[31mb")
    assert len(Page(table([["x" * 10_000]], head=False)).text) < 130
