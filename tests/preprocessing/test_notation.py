"""Numbers in text: which notation is found, and what it reads."""

import dataclasses
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forpass
from forpass.errors import ForpassWarning, TableError
from forpass.preprocessing import (
    Preprocessing,
    learn_column,
    learn_target,
    read_columns,
    with_missing,
)
from forpass.preprocessing.notation import PLAIN, Notation, looks_like_numbers, notation_of, number_of_word


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["1,234", "12,345,678"], [1234, 12345678]),
        (["1,234.5", "0.5"], [1234.5, 0.5]),
        (["1,23,456", "12,34,567.5", "1,234"], [123456, 1234567.5, 1234]),
        (["₹1,23,456", "₹98,76,54,321", "₹12"], [123456, 987654321, 12]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["1,5", "1,234"], [1.5, 1.234]),  # one decimal comma makes all of them decimal
        (["0,125", "1,250"], [0.125, 1.25]),  # thousands do not begin with 0
        (["1.234,5", "7"], [1234.5, 7]),
        (["1.234.567", "1.234"], [1234567, 1234]),
        (["1.234", "5.678"], [1.234, 5.678]),
        (["1 234", "5 678 901,5"], [1234, 5678901.5]),
        (["1\u00a0234", "5\u202f678"], [1234, 5678]),
        (["1'234.5", "1\u2019000"], [1234.5, 1000]),
        (["12 kg", "13kg", "14"], [12, 13, 14]),
        (["€ 5", "€6.50", "-€ 1,000", "\u22127 €"], [5, 6.5, -1000, -7]),
        (["$1.2e3", "$-5"], [1200, -5]),
        (["5%", "-6 %", "+7%"], [5, -6, 7]),
        (["$5", "6", "7", "8"], [5, 6, 7, 8]),
        (["3 m2", "4.5 m2"], [3, 4.5]),
        (["1e5", ".5", "2"], [1e5, 0.5, 2]),
        (["\u22125", "3.5", "1e\u22122"], [-5, 3.5, 0.01]),  # without a unit too
        (["\u20135", "\uff0d2", "\ufe631.5", "3"], [-5, -2, -1.5, 3]),
        (["\u22121,234", "5,678"], [-1234, 5678]),
        (["\u22121,5 kg", "2,25 kg"], [-1.5, 2.25]),
        (["(1.5)", "2", "3"], [-1.5, 2, 3]),
        (["(1,234.50)", "$ (7)", "($8)", "$9"], [-1234.5, -7, -8, 9]),
        (["(5)%", "(6%)", "7%"], [-5, -6, 7]),
        (["1.5-", "2", "3.25\u2212"], [-1.5, 2, -3.25]),
        (["1.234,50-", "7 - ".strip(), "12,5"], [-1234.5, -7, 12.5]),
        (["5 \u20ac-", "6 \u20ac", "7-"], [-5, 6, -7]),
    ],
)
def test_one_notation_reads_a_whole_column(words, numbers):
    notation, others = notation_of(words)
    assert others == []
    assert [number_of_word(word, notation) for word in words] == numbers


@pytest.mark.parametrize(
    ("words", "others"),
    [
        (["1,5", "1.5"], ["1,5"]),  # two ways of writing
        (["1,5", "2,5", "1.5"], ["1.5"]),
        (["12 kg", "13 kg", "12 lb"], ["12 lb"]),
        (["1,234", "12,345,67", "1,000"], ["12,345,67"]),
        (["€ 5 net", "7"], ["€ 5 net"]),
        (["01", "02", "A3"], ["A3"]),  # a unit of one number in three is none
        (["12:30", "7"], ["12:30"]),
        (["1/2", "7"], ["1/2"]),
        (["5 - 6", "7"], ["5 - 6"]),
        (["5\u20136", "7"], ["5\u20136"]),
        (["-(5)", "7"], ["-(5)"]),  # twice negative
        (["-5-", "7"], ["-5-"]),
        (["(5", "6)", "7"], ["(5", "6)"]),
        (["5(2)", "7"], ["5(2)"]),  # a digit in brackets behind others is no negative number
        (["((5))", "7"], ["((5))"]),
        (["12,-", "7"], ["12,-"]),  # twelve whole euros
        (["red", "blue"], ["red", "blue"]),
    ],
)
def test_what_does_not_fit_is_named(words, others):
    assert notation_of(words)[1] == others


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    st.sampled_from([",", ".", " ", "'"]),
    st.sampled_from(["", " kg", "%", " €"]),
)
def test_grouped_numbers_come_back(numbers, thousands, unit):
    words = [f"{n:,}".replace(",", thousands) + unit for n in numbers]
    notation, others = notation_of(words)
    assert others == []
    if any(abs(n) >= 10**6 for n in numbers):  # below, 1.234 may as well be a decimal
        assert [number_of_word(word, notation) for word in words] == numbers


@given(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), st.floats(-1e6, 1e6))
def test_decimal_commas_come_back(x, y):
    words = [f"{x:.2f}".replace(".", ","), repr(y).replace(".", ",")]
    notation, others = notation_of(words)
    if others == [] and notation.decimal == ",":
        assert number_of_word(words[0], notation) == float(f"{x:.2f}")
        assert number_of_word(words[1], notation) == y


def test_plain_numbers_are_those_of_python_but_for_underscores():
    assert number_of_word(" 1e3".strip()) == 1000.0 and math.isnan(number_of_word("nan"))
    assert number_of_word("1_000") is None and number_of_word("1,5") is None
    assert notation_of(["1", "2.5"]) == (PLAIN, [])
    assert Notation("kg", ",", ".").example == "1,234.5 kg" and Notation("", "", ",").example == "1,5"


@pytest.mark.parametrize(
    ("words", "likely"),
    [
        (["1,234", "5,678"], True),
        (["€5", "€6"], True),
        ([f"{i} kg" for i in range(5)], True),
        (["36 months", "60 months"], False),  # two terms: names as well as numbers
        ([f"A{i}" for i in range(30, 40)], False),  # codes
        ([f"Q{i}" for i in range(1, 5)], False),
        (["(1.5)", "2", "3", "4", "5"], True),
        (["1.5-", "2", "3", "4", "5"], True),
        (["(1)", "(2)", "(3)", "(4)", "(5)"], False),  # the numbers of a list
        (["1", "1-", "2", "2-"], False),  # marks
    ],
)
def test_only_what_is_likely_a_number_is_offered(words, likely):
    notation, others = notation_of(words)
    assert others == [] and looks_like_numbers(notation, words) is likely


PRICES = [f"{n:,} €" for n in range(800, 1600, 10)]


def test_a_column_said_to_hold_numbers_is_read_and_remembered():
    table = {"price": [*PRICES, None], "y": [i % 7 + 0.5 for i in range(81)]}
    wanted = r"'price' is left out: 80 of its 80 .*'800 €' look like numbers; .*kind number in the schema"
    with pytest.warns(ForpassWarning, match=wanted):
        Preprocessing.learn({**table, "x": [1, 2, 4] * 27}, "y")
    p = Preprocessing.learn(table, "y", schema={"price": "number"})
    (spec,) = p.columns
    assert (spec.kind, spec.unit, spec.thousands, spec.decimal) == ("number", "€", ",", ".")
    assert (spec.centre, spec.missing_indicator) == (1195.0, True)
    plain = Preprocessing.learn({"price": [*range(800, 1600, 10), None], "y": table["y"]}, "y")
    for later, numbers in (
        (["1,195 €", "?", "900"], [1195, None, 900]),
        (["2,000.5 €", None, "800 €"], [2000.5, None, 800]),
        ([1195, 900], [1195, 900]),
    ):
        assert (
            p.encode({"price": later}).numbers.tolist() == plain.encode({"price": numbers}).numbers.tolist()
        )
    with pytest.raises(
        TableError, match=r"'price' holds '5 \$' in row 2 .*number is meant, like '1,234.5 €'"
    ):
        p.encode({"price": ["900 €", "5 $"]})
    again = Preprocessing.from_json(p.to_json())
    assert again == p and again.columns[0].notation == Notation("€", ",", ".")
    assert "read like '1,234.5 €'" in spec.describe()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["1,5", "1,7", "1.5"], r"column 'c' holds '1.5' in row 3 .*a number is meant, like '1,5'"),
        (["12 kg", "13 kg", "12 lb"], r"holds '12 lb' in row 3 .*like '1.5 kg'"),
        (["7", "8", "many"], r"holds 'many' in row 3 .*like '1.5'"),
    ],
)
def test_what_is_no_number_in_it_is_refused_with_row_and_value(words, wanted):
    with pytest.raises(TableError, match=wanted):
        learn_column("c", read_columns({"c": words}).columns["c"], kind="number")


def test_unasked_such_text_stays_text():
    spec = learn_column("c", read_columns({"c": ["36 months", "60 months"] * 5}).columns["c"])
    assert spec.values == ("36 months", "60 months")
    with pytest.warns(ForpassWarning, match="'c' is taken as text; values like '12%' look like numbers"):
        spec = learn_column("c", read_columns({"c": [f"{i}%" for i in range(12, 22)] * 5}).columns["c"])
    assert spec.kind == "category"


def learnt(words, kind=None):
    return learn_column("c", read_columns({"c": words}).columns["c"], kind=kind)


def encoded(spec, words):
    numbers = np.full((len(words), len(spec.features)), np.nan)
    spec.encode(read_columns({"c": words}).columns["c"], numbers, np.empty((len(words), 0), np.int32))
    return numbers.tolist()


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["\u22125", "3", "4.5"], [-5, 3, 4.5]),
        (["\u2212inf", "3"], None),
        (["-", "3", "4.5"], [None, 3, 4.5]),
        (["3", "\u2013", "..", "\u22127", "\u2014", "8"], [3, None, None, -7, None, 8]),
        (["1E2", "0.5", "12"], [100, 0.5, 12]),  # a point says that these are numbers
        (["1E2", "-5", "12"], [100, -5, 12]),
        (["1e+2", "5", "12"], [100, 5, 12]),
    ],
)
def test_a_column_of_such_words_is_one_of_numbers(words, numbers):
    if numbers is None:
        with pytest.raises(TableError, match="holds '\u2212inf' in row 1"):
            learnt(words)
        return
    spec, plain = learnt(words), learnt(numbers)
    assert spec.kind == "number"
    assert (spec.centre, spec.scale, spec.share_missing) == (plain.centre, plain.scale, plain.share_missing)
    assert encoded(spec, words) == encoded(plain, numbers)
    for word, number in zip(words, numbers, strict=True):  # a row alone means the same
        assert encoded(spec, [word]) == encoded(plain, [number])


@pytest.mark.parametrize(
    ("words", "levels"),
    [
        (["1E2", "10E1", "12"], {"1E2", "10E1", "12"}),
        (["1e2", "1e3", "-"], {"1e2", "1e3", "-"}),
        (["-", "a", "b"], {"-", "a", "b"}),
        (["-", "+"], {"-", "+"}),
        (["-", "yes", "no"], {"-", "yes", "no"}),
        (["1-", "1", "2"], {"1-", "1", "2"}),
    ],
)
def test_a_column_of_such_words_is_one_of_categories(words, levels):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ForpassWarning)
        spec = learnt(words * 3)
    assert spec.kind == "category" and set(spec.values) == levels and not spec.missing_indicator


def test_codes_that_could_be_numbers_are_said():
    wanted = r"'c' is taken as text; values like '1E2' may be codes or numbers \(100\).*say kind number"
    with pytest.warns(ForpassWarning, match=wanted):
        learnt(["7", "1E2", "10E1"] * 3)
    assert learnt(["7", "1E2", "10E1"] * 3, "number").centre == 100.0
    with pytest.warns(
        ForpassWarning, match="many different|all different|values are different.*'0E1' may be codes"
    ):
        learnt([f"{i}E1" for i in range(30)])
    target = learn_target(read_columns({"y": ["1E2", "10E1"] * 3}), "y")
    assert (target.task, target.classes) == ("classification", ("10E1", "1E2"))


def test_a_dash_where_no_training_row_had_one_is_told_as_a_gap():
    p = Preprocessing.learn({"a": [1.5, 2.5, 4.0], "on": ["2024-01-01", "2024-02-01", "2024-03-05"]})
    with pytest.warns(ForpassWarning, match=r"missing values.*'a' \(1 row\), 'on' \(1 row\)"):
        numbers = p.encode({"a": ["-", "2.5"], "on": ["2024-02-01", "--"]}).numbers
    assert (
        numbers.tolist()
        == p.encode({"a": [None, 2.5], "on": ["2024-02-01", None]}, aloud=False).numbers.tolist()
    )


def test_a_column_of_dashes_says_nothing():
    assert learnt(["-", "-", "--"], "number").reason == learnt([None, "-"], "date").reason
    assert learnt(["-", "-"]).reason == "always -"


def test_a_dash_among_numbers_to_be_predicted_is_a_missing_one():
    table = read_columns({"y": ["1.5", "2.5", "-"]})
    assert learn_target(table, "y").unit.mean == learn_target(table, "y", "regression").unit.mean == (2.0,)
    assert learn_target(table, "y", "classification").classes == ("-", "1.5", "2.5")
    euros = read_columns({"y": [f"{i},50 €" for i in range(12)] + ["-", "\u2014", None]})
    assert learn_target(euros, "y").unit.mean == (6.0,)
    assert learn_target(read_columns({"y": ["a", "-"]}), "y").classes == ("-", "a")
    assert learn_target(read_columns({"y": ["\u22121.5", "2.5", "7"]}), "y").unit.mean == (8 / 3,)


def test_a_dash_that_may_be_a_class_is_refused_with_each_remedy():
    table = read_columns({"y": ["0", "1", "-"]})
    with pytest.raises(
        TableError, match=r"'y' holds numbers and '-'; empty .* name '-', 'NA' and the like in missing, the"
    ):
        learn_target(table, "y")
    assert learn_target(table, "y", "classification").classes == ("-", "0", "1")
    assert learn_target(table, "y", "regression").unit.mean == (0.5,)
    assert learn_target(with_missing(table, ["-", "NA"]), "y").classes == ("0", "1")


def test_rows_with_a_dash_for_a_target_are_left_out_aloud():
    n = 40
    table = {"x": [i * 7 % 11 for i in range(n)], "y": [f"{i}.5" for i in range(n - 2)] + ["-", "NA"]}
    wanted = (
        r"^2 rows left out, .*or, where '-', 'NA' mean something, .*missing=\[\] and task classification$"
    )
    with pytest.warns(ForpassWarning, match=wanted):
        p = Preprocessing.learn(table, "y")
    assert p.target.unit.mean == (n / 2 - 1,)
    with pytest.warns(ForpassWarning, match="^2 rows left out"):
        assert p.encode(table, with_targets=True).n_rows == n - 2
    two = {**table, "z": ["--", *map(str, range(1, n))]}
    with pytest.warns(ForpassWarning, match="^3 rows left out"):
        assert Preprocessing.learn(two, ["y", "z"]).target.task == "regression"
    labels = {"x": table["x"], "a": ["0", "1"] * 20, "b": ["1", "-"] * 20}
    with pytest.raises(TableError, match=r"target 'b' holds '-' in row 2 .*where a number is meant"):
        Preprocessing.learn(labels, ["a", "b"])


@pytest.mark.filterwarnings("ignore:2 rows left out")
def test_a_table_with_dashes_for_targets_is_trained_and_measured():
    n = 40
    table = {"x": [i * 7 % 11 for i in range(n)], "y": [f"{i}.5" for i in range(n - 2)] + ["-", "\u2013"]}
    model = forpass.train_table(table, "y", epochs=1, hidden=2, task="regression")
    assert sum(dataclasses.astuple(model.provenance.rows)) == n - 2
    assert forpass.evaluate(model, table).rows == n - 2


@pytest.mark.parametrize(
    "separators", [{"thousands": "."}, {"decimal": ""}, {"decimal": "+", "thousands": "1"}]
)
def test_separators_that_are_none_are_refused(separators):
    spec = learnt([1.5, 2.5, 4.0])
    with pytest.raises(TableError, match=r"'c' has numbers with .* between thousands"):
        dataclasses.replace(spec, **separators)
