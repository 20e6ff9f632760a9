"""Words are executed: every Python block and every `$ forpass` line of the documents, from top to bottom.

A document is one story. Its Python blocks share one namespace, its commands one folder, and both
come in the order in which they are read. What is printed is not compared.
"""

import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from forpass.maths.registries import REGISTRIES

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(path for pattern in ("*.md", "docs/**/*.md") for path in ROOT.glob(pattern))
NEEDED = {
    "docs/optuna.md": ("optuna",),
    "docs/pipelines.md": ("duckdb", "dask.dataframe"),
    "docs/service.md": ("uvicorn", "httptools"),
    "docs/trackers.md": ("tensorboardX", "mlflow", "alembic"),
}
"""What documents ask for that the other tests do without."""
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^(?P=indent)```\s*$", re.MULTILINE | re.DOTALL
)


class Block(NamedTuple):
    language: str
    text: str
    line: int
    """The number of the first line of the text in its document."""


def blocks(document: str) -> list[Block]:
    return [
        Block(
            m["language"],
            re.sub(f"^{m['indent']}", "", m["text"], flags=re.MULTILINE),
            document[: m.start("text")].count("\n") + 1,
        )
        for m in FENCE.finditer(document)
    ]


def commands(text: str) -> list[str]:
    r"""Return what follows the prompts; a line that ends with \ goes on in the next."""
    return re.findall(r"^\$ (.+)$", text.replace("\\\n", " "), re.MULTILINE)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture
def registries_as_they_were():
    """What a document registers is gone after it: other tests iterate the registries."""
    with ExitStack() as stack:
        for registry in REGISTRIES.values():
            stack.enter_context(registry.extended())
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("registries_as_they_were")
@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_what_a_document_says_can_be_done(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for library in NEEDED.get(name(path), ()):
        pytest.importorskip(library, reason=f"needs {library}, of a dependency group")
    namespace = {"__name__": "__main__"}
    for block in blocks(read(path)):
        if block.language == "python":
            at_its_line = "\n" * (block.line - 1) + block.text
            exec(compile(at_its_line, path, "exec", dont_inherit=True), namespace)
        if block.language == "console":
            for command in commands(block.text):
                run(command, tmp_path, f"{name(path)}, block at line {block.line}")


def printed(path: Path) -> list[tuple[str, str]]:
    """Return each command whose output a document shows below it, and that output."""
    found = blocks(read(path))
    return [
        (commands(asked.text)[-1], shown.text)
        for asked, shown in pairwise(found)
        if asked.language == "console" and shown.language == "text"
    ]


NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
SECONDS = re.compile(r"[\d.]+ s(?=[:;])| +\d+\.\d$", re.MULTILINE)  # in sentences, and ends of tables' lines


@pytest.mark.slow
@pytest.mark.parametrize(("command", "shown"), printed(ROOT / "README.md"))
def test_what_the_readme_shows_is_what_is_printed(command, shown, tmp_path):
    """Word by word; numbers but for what another processor's rounding makes of a training."""
    ran, shown = (SECONDS.sub("", text) for text in (run(command, tmp_path, "README.md"), shown))
    assert NUMBER.sub("#", ran) == NUMBER.sub("#", shown)
    for now, then in zip(NUMBER.findall(ran), NUMBER.findall(shown), strict=True):
        now, then = (float(number.replace(",", "")) for number in (now, then))
        assert now == pytest.approx(then, abs=0.03 if abs(then) < 10 else 0.5 * abs(then))


def contradicted(text: str) -> list[str]:
    """Return the figures that are worse than the baseline's, of a network that is said to do better."""
    said = re.search(r"does better than the (\w+) baseline", text)
    lines = [re.split(r" {2,}", line.strip()) for line in text.splitlines() if line.startswith("  ")]
    rows = {cells[0]: cells[1:] for cells in lines}
    if said is None or "network" not in rows:
        return []
    titles = lines[[cells[0] for cells in lines].index("network") - 1]
    return [
        title
        for title, ours, theirs in zip(titles, rows["network"], rows[said[1]], strict=True)
        if ours != theirs
        and "undefined" not in (ours, theirs)
        and (float(ours) > float(theirs)) == (title in ("log loss", "rmse", "mae"))
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_no_document_says_better_where_a_figure_is_worse(path):
    assert [contradicted(block.text) for block in blocks(read(path)) if contradicted(block.text)] == []


def test_a_verdict_that_its_figures_contradict_is_found():
    head, linear = "           accuracy  log loss", "  linear     0.9582    0.1580"
    verdict = "  The network does better than the linear baseline: log loss 0.1557 against 0.1580."
    for network, found in (("0.9499    0.1557", ["accuracy"]), ("0.9599    0.1557", [])):
        assert contradicted("\n".join([head, f"  network    {network}", linear, verdict])) == found


def run(command: str, folder: Path, where: str) -> str:
    """Run a command of a document, and return what it prints."""
    program, *words = shlex.split(command, comments=True)
    assert program == "forpass", f"{where}: console blocks are for forpass, others for sh; found $ {command}"
    ran = subprocess.run(
        [sys.executable, "-m", "forpass", *words],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ran.returncode == 0, (
        f"{where}: $ {command} ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    )
    return ran.stdout


def test_the_readme_has_both_kinds():
    languages = {block.language for block in blocks(read(ROOT / "README.md"))}
    assert {"python", "console"} <= languages


def test_blocks_and_commands_are_found():
    document = (
        "Text\n\n```console\n$ forpass data \\\n    iris\noutput\n```\n\n"
        "- item\n\n  ```python\n  if 1:\n      x = 1\n  ```\n"
    )
    console, code = blocks(document)
    assert commands(console.text) == ["forpass data      iris"]
    assert code == Block("python", "if 1:\n    x = 1\n", 12)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_files_that_a_document_names_exist(path):
    text = FENCE.sub("", read(path))
    links = re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", text) + pictures_of(text)
    missing = [link for link in links if not (path.parent / link).exists()]
    named = re.findall(r"`((?:src|tests|docs|examples|\.ci|\.github)/[\w./-]*)`", text)
    missing += [file for file in named if not (ROOT / file).exists()]
    assert missing == []


def pictures_of(text):
    return re.findall(r'<img src="([^"]+)" alt="[^"]+" width="\d+">', text)


def test_every_picture_is_made_by_the_command_and_shown_somewhere():
    named = re.findall(
        r'^    "([a-z-]+)": |^    yield "([a-z-]+)", ', read(ROOT / "examples/pictures.py"), re.MULTILINE
    )
    made = {ROOT / f"docs/pictures/{one or other}.png" for one, other in named}
    there = set((ROOT / "docs/pictures").iterdir())
    shown = {path.parent / picture for path in DOCUMENTS for picture in pictures_of(read(path))}
    assert made == there == shown
    assert not [path for path in DOCUMENTS if read(path).count("<img") != len(pictures_of(read(path)))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_verbs_of_make_that_a_document_names_exist(path):
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    text = read(path)
    shell = "\n".join(block.text for block in blocks(text) if block.language == "sh")
    named = re.findall(r"^make ([a-z]+)", shell, re.MULTILINE) + re.findall(r"`make ([a-z]+)", text)
    assert set(named) <= targets
