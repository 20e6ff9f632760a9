"""What a report says, in each of its languages."""

import re
import string

import pytest

import forpass as fp
from forpass.report import english, korean
from forpass.report.words import LANGUAGES, words_of

TITLES = re.compile(r'title=(?:_with_unit\()?"([^"]+)"')
HANGUL = re.compile("[\uac00-\ud7a3]")


def places(text):
    """Return what a sentence is about: the names between its braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things():
    assert english.TEXTS.keys() == korean.TEXTS.keys()


@pytest.mark.parametrize("key", english.TEXTS)
def test_a_sentence_is_about_the_same_in_both_languages(key):
    assert places(english.TEXTS[key]) == places(korean.TEXTS[key])


NOT_OF_WORDS = {"page.subtitle", "count.row", "again.shape", "belief.of.two", "errors.f1", "result.and"}


def test_korean_is_korean():
    latin = [k for k, text in korean.TEXTS.items() if not HANGUL.search(text) and k not in NOT_OF_WORDS]
    assert latin == []


def test_no_sentence_is_left_that_nobody_says():
    from pathlib import Path

    folder = Path(english.__file__).parent
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [*folder.rglob("*.py"), *folder.rglob("*.jinja")]
        if path.name not in ("english.py", "korean.py")
    )
    said = set(re.findall(r'"([a-z_]+\.[a-z_.]+)"|\'([a-z_]+\.[a-z_.]+)\'', code))
    exact = {key for pair in said for key in pair if key}
    begun = set(re.findall(r'f["\']([a-z_]+\.(?:[a-z_]+\.)?)\{', code))
    unsaid = [
        key
        for key in english.TEXTS
        if key not in exact
        and not any(key.startswith(beginning) for beginning in begun)
        and not key.startswith("count.")
    ]
    assert unsaid == []


def test_what_is_counted_is_one_or_several():
    say = words_of("en")
    assert (say.count(1, "row"), say.count(2345, "row")) == ("1 row", "2,345 rows")
    assert words_of("ko").count(1, "row") == "1행"


def test_every_axis_that_charts_name_by_themselves_has_a_korean_name():
    from pathlib import Path

    from forpass import charts

    folder = Path(charts.__file__).parent
    titles = {
        title
        for name in ("classes", "values", "recipes", "learning")
        for title in TITLES.findall((folder / f"{name}.py").read_text(encoding="utf-8"))
    }
    in_titles = {"ROC curve", "Precision and recall", "Reliability", "Confusion matrix", "Learning curve"}
    in_titles |= {"Predicted against true", "Residuals", "Intervals", "Candidates of the recipe"}
    named = [title for title in titles - in_titles if title[:1].islower()]
    assert len(named) >= 10
    assert [title for title in named if korean.axis(title) == title] == []


def test_an_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(fp.UnknownNameError, match=r"language of a report 'fr'\. Known: en, ko"):
        words_of("fr")
    assert set(LANGUAGES) == {"en", "ko"}
