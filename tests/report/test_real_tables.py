"""Reports of real tables, in a real browser: they fit its screen, ask for nothing, and say nothing odd."""

import re

import pytest
from browser import needs_browser, told_by

import forpass as fp

FILES = {"adult": ("tables/adult.csv", "income"), "letter": ("tables/letter.csv", "class")}
FORTY = "forty rows of concrete"
TABLES = ("digits", "steel", "abalone", "pulsar", "adult", "letter", FORTY)

LOOK = """
const root = page.documentElement, wide = frame.contentWindow.innerWidth;
tell(root.scrollWidth <= wide);
tell([...page.querySelectorAll("body *")].filter(one => {
  const at = one.getBoundingClientRect();
  return at.width > 0 && at.right > wide + 1 && !one.closest(".wide, pre, svg, .skip");
}).map(one => one.tagName + "." + one.className).slice(0, 5));
tell(frame.contentWindow.performance.getEntriesByType("resource").map(entry => entry.name));
const levels = [...page.querySelectorAll("h1, h2, h3")].map(one => Number(one.tagName[1]));
tell(levels[0] === 1 && levels.every((level, i) => !i || level <= levels[i - 1] + 1));
tell([...page.querySelectorAll("svg")].every(one => one.getAttribute("aria-label")));
"""

ODD = re.compile(r"\bnan\b|\bNone\b|\binf\b|undefined [a-z]|\{[a-z]+\}|Markup\(", re.IGNORECASE)


def table_of(name, data_folder):
    if name in FILES:
        file, target = FILES[name]
        return fp.read_table(data_folder / file).head(10_000), target
    if name == FORTY:
        return fp.read_table(data_folder / "tables/concrete.csv").head(40), "strength_MPa"
    known = fp.load_dataset(name, folder=data_folder)
    return known.frame, known.target


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_report_on_a_real_table(name, data_folder, tmp_path):
    table, target = table_of(name, data_folder)
    model = fp.train_table(table, target, preset="fast")
    for language, width in (("en", 1280), ("ko", 390)):
        page = fp.report_on(model, table, language=language, table_name=name)
        folder = tmp_path / language
        folder.mkdir()
        assert told_by(folder, page.html, LOOK, width) == "[true,[],[],true,true]"
        assert len(page.html.encode()) < 3_000_000
        words = re.sub(r"<(svg|style|pre).*?</\1>|<[^>]+>", " ", page.html, flags=re.DOTALL)
        assert ODD.findall(words) == []
        if name == FORTY and language == "en":  # which are too few to tell a network from anything
            assert "cannot be told apart" in words and "A linear model predicts" in words
