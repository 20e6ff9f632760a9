"""A kind of column is one file and one line in `KINDS`: all else that is known of kinds comes from there."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

import forpass
from forpass.cli.tables import schema_said
from forpass.engines.select import ENGINES
from forpass.errors import ForpassWarning, TableError, UnknownNameError
from forpass.preprocessing import KINDS, Preprocessing, left_as_text
from forpass.preprocessing.kinds.protocol import ColumnKind, Usual
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import is_missing, levels_of
from forpass.serving.columns import columns_of, types_of
from forpass.spec.inputs import FeatureGroup

SOURCES = Path(forpass.__file__).parent


@dataclass(frozen=True)
class Tally:
    """Strokes, as on a slate: ``|||`` is 3."""

    name: str
    found: str
    share_missing: float
    most: int
    stroke: str = "|"

    kind: ClassVar[str] = "strokes"

    @property
    def said(self) -> str:
        return f"tally:{self.stroke}"

    @property
    def usual(self) -> Usual:
        return Usual("|" * self.most, (str,))

    @property
    def features(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def groups(self) -> tuple[FeatureGroup, ...]:
        return (FeatureGroup(self.name, "number", 1),)

    @property
    def worth(self) -> Callable[[str], float]:
        return lambda word: float(len(word))

    @staticmethod
    def gaps(column: Column) -> NDArray[np.bool_]:
        return is_missing(column)

    def encode(self, column: Column, numbers: NDArray[Any], codes: NDArray[np.int32]) -> None:
        words, places = levels_of(column)
        numbers[:, 0] = np.array([*map(len, words), 0.0])[places] / self.most

    def news(self, column: Column) -> tuple[str, str]:
        most = max(map(len, levels_of(column).words), default=0)
        return ("hold longer tallies than any training row", f"{most}") if most > self.most else ("", "")

    def describe(self) -> str:
        return f"strokes / {self.most}"


def learn_tally(name, column, options):
    stroke = options.argument or "|"
    return Tally(name, column.kind, 0.0, max(map(len, levels_of(column).words)), stroke)


def one_sign(argument):
    return "" if len(argument) == 1 else "takes one sign, for instance tally:|"


TABLE = {"drinks": ["|", "||||", "||"] * 8, "x": [i * 7 % 11 for i in range(24)], "y": ["a", "b"] * 12}
SCHEMA = {"drinks": "tally:|"}


@pytest.fixture(autouse=True)
def tally(monkeypatch):
    kind = ColumnKind(
        Tally,
        learn_tally,
        instead="the number of strokes",
        as_text=True,
        example="tally:|",
        argument_problem=one_sign,
    )
    monkeypatch.setitem(KINDS, "tally", kind)


def test_it_is_learnt_described_and_stored():
    p = Preprocessing.learn(TABLE, "y", schema=SCHEMA)
    assert p.encode(TABLE).numbers[:3, 0].tolist() == [0.25, 1.0, 0.5]
    assert p.schema["drinks"] == "tally:|" and p.describe()[0].becomes == "strokes / 4"
    assert Preprocessing.from_json(json.loads(json.dumps(p.to_json()))) == p
    one = {"drinks": ["|||"], "x": [3]}
    assert p.encode(one).numbers[0, 0] == 0.75  # a single row goes without a table


def test_it_says_itself_what_usually_stands_there():
    p = Preprocessing.learn(TABLE, "y", schema=SCHEMA)
    (drinks, _), types = columns_of([p]), types_of([p])
    assert drinks == ("drinks", "strokes", "text", (), "||||", False) and types["drinks"] == {str, type(None)}


def test_it_says_itself_what_is_new():
    p = Preprocessing.learn({**TABLE, "beers": TABLE["drinks"]}, "y", schema={**SCHEMA, "beers": "tally:|"})
    wanted = r"^columns hold longer tallies than any training row: 'drinks' \(5\), 'beers' \(6\)$"
    for rows in (1, 2):
        with pytest.warns(ForpassWarning, match=wanted) as caught:
            p.encode({"drinks": ["|||||"] * rows, "beers": ["||||||"] * rows, "x": [3] * rows})
        assert len(caught) == 1


def test_it_says_whether_it_can_be_a_target(monkeypatch):
    with pytest.raises(TableError, match=r"'drinks' is the target and cannot be of the kind 'tally:\|'"):
        Preprocessing.learn(TABLE, "drinks", schema=SCHEMA)
    monkeypatch.setattr("forpass.preprocessing.tasks.infer_kind", lambda column: "tally")
    wanted = "holds tallys, which are not predicted; .*for instance the number of strokes, or say task class"
    with pytest.raises(TableError, match=wanted):
        Preprocessing.learn(TABLE, "drinks")
    monkeypatch.setitem(KINDS, "tally", KINDS["tally"]._replace(task="classification"))
    assert Preprocessing.learn(TABLE, "drinks", schema=SCHEMA).target.classes == ("|", "||", "||||")


def test_it_is_said_in_schemas_and_offered():
    assert schema_said(["drinks=tally:="]) == {"drinks": "tally:="}
    assert schema_said(["a=number:b=category"]) == {"a=number:b": "category"}  # numbers take no argument
    with pytest.raises(UnknownNameError, match=r"Known: number, .*, tally, date:%d\.%m\.%Y, tally:\|"):
        Preprocessing.learn(TABLE, "y", schema={"x": "tuesdays"})
    with pytest.raises(TableError, match=r"'tally:ab' of the column 'drinks' takes one sign"):
        Preprocessing.learn(TABLE, "y", schema={"drinks": "tally:ab"})
    with pytest.raises(TableError, match=r"mapping from column to kind \(number, .*, tally:\|\)"):
        Preprocessing.learn(TABLE, "y", schema=["drinks"])


def test_it_says_whether_it_is_left_as_it_stands_in_a_file(monkeypatch):
    kinds = ("tally:0", "tally", "date:%Y", "category", "number", "drop")
    assert [kind for kind in kinds if left_as_text(kind)] == ["tally:0", "tally", "date:%Y", "category"]
    monkeypatch.setitem(KINDS, "tally", KINDS["tally"]._replace(as_text=False))
    assert not left_as_text("tally:0") and not left_as_text("tuesdays")


@pytest.mark.parametrize("names", [list(KINDS), list(ENGINES)], ids=["kinds", "engines"])
def test_no_list_of_names_is_written_by_hand(names):
    one = rf"[\"'`]*({'|'.join(names)})\b[\"'`]*"
    many = 4 if len(names) > 2 else 2
    in_a_row = re.compile(rf"\b{one}(?:(?:,? (?:or|and) |,\s+){one}){{{many - 1}}}")
    found = [
        f"{path.relative_to(SOURCES)}: {match[0]}"
        for path in sorted(SOURCES.rglob("*.py"))
        for match in in_a_row.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
