"""Drawings of networks: XML that says what is there, never large, the same each time."""

import xml.etree.ElementTree as ET

import pytest

import forpass as fp
from forpass.engines.conformance.cases import cases, everything
from forpass.recipes.realmlp import realmlp_network
from forpass.recipes.tabm import tabm_network
from forpass.spec.blocks import blocks_of, in_words
from forpass.spec.network import multilayer
from forpass.spec.picture import LARGEST, network_svg
from forpass.spec.program import lower

SVG = "{http://www.w3.org/2000/svg}"
SQUARED, SOFTMAX = fp.Head("squared"), fp.Head("softmax_cross_entropy")
PEOPLE = [
    fp.FeatureGroup("age", "number", 1, edges=[0, 1, 2], centres=[0.5, 0.3]),
    fp.FeatureGroup("<script>alert(1)</script>", "code", 0, codes=30),
    fp.FeatureGroup('a "job" & more', "level", 12),
]
RELU = fp.Activation("relu")


def nested(depth):
    layers = (fp.Dense(8), RELU)
    for _ in range(depth):
        layers = (
            fp.Residual((fp.Dense(8), *layers)),
            fp.Concatenate((layers, (), (fp.Dense(3),))),
            fp.Dense(8),
        )
    return fp.NetworkSpec(8, (*layers, fp.Dense(1)), SQUARED)


SPECS = {
    **{name: lambda make=make: make().program.spec for name, make in cases().items()},
    "everything": lambda: everything().program.spec,
    "deep": lambda: multilayer(14, [256] * 300, 1, "squared"),
    "nested": lambda: nested(4),
    "branches": lambda: fp.NetworkSpec(
        3, [fp.Concatenate([[fp.Dense(n), RELU] for n in range(1, 40)]), fp.Dense(2)], SQUARED
    ),
    "realmlp": lambda: realmlp_network(PEOPLE, SOFTMAX, 3),
    "tabm": lambda: tabm_network(PEOPLE, SOFTMAX, 3),
    "many columns": lambda: fp.NetworkSpec(
        inputs=[fp.FeatureGroup("x" * 300 + str(i), "number", 1) for i in range(900)],
        layers=[fp.Dense(1)],
        head=SQUARED,
    ),
}


def texts(drawn):
    return [element.text for element in ET.fromstring(drawn).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", SPECS)
def test_is_small_xml_that_says_in_words_what_it_shows(name):
    spec = SPECS[name]()
    drawn = network_svg(spec)
    root = ET.fromstring(drawn)
    assert root.get("role") == "img" and root.get("aria-label").startswith("network: ")
    assert len(drawn) <= LARGEST
    assert drawn == network_svg(spec)
    assert f"{lower(spec).parameters.size:,} parameters" in texts(drawn)[-1]


@pytest.mark.parametrize("name", SPECS)
def test_every_mark_is_on_the_sheet(name):
    root = ET.fromstring(network_svg(SPECS[name]()))
    left, top, wide, high = map(float, root.get("viewBox").split())
    for box in root.iter(f"{SVG}rect"):
        x, y = float(box.get("x")), float(box.get("y"))
        assert left <= x and x + float(box.get("width")) <= left + wide + 0.01
        assert top <= y and y + float(box.get("height")) <= top + high
    for element in [*root.iter(f"{SVG}text"), *root.iter(f"{SVG}circle")]:
        x, y = (float(element.get(key) or element.get(f"c{key}")) for key in "xy")
        assert left <= x <= left + wide and top <= y <= top + high


def test_plain_network_is_columns_of_nodes_with_widths_and_names():
    flowers = [fp.FeatureGroup(name, "number", 1) for name in ("length", "width")]
    spec = fp.NetworkSpec(inputs=flowers, layers=[fp.Dense(30), RELU, fp.Dense(3)], head=SOFTMAX)
    drawn = network_svg(spec, ["setosa", "versicolor", "<b>"])
    assert texts(drawn)[:8] == [
        *("length", "width"),
        *("setosa", "versicolor", "<b>"),
        *("2 features", "30 relu", "3 softmax"),
    ]
    circles = list(ET.fromstring(drawn).iter(f"{SVG}circle"))
    assert len(circles) == 2 + (5 + 3) + 3  # of 30 five, and three dots


def test_names_are_words_and_no_markup():
    drawn = network_svg(tabm_network(PEOPLE, SOFTMAX, 3), ["<img src=x>", "b", "c"])
    assert "<script" not in drawn and "<img" not in drawn
    assert any("<script>" in text for text in texts(drawn))
    assert any("<img src=x>" in text for text in texts(drawn))


def test_words_say_every_kind_of_layer():
    said = in_words(blocks_of(everything().program.spec))
    for word in (
        "with embeddings (2 per code)",
        "periodic (3 waves per number)",
        "piecewise linear",
        "value statistics",
        "6 units (batch norm, gelu)",
        "sum of (dropout 0.25, 6 units; as it is)",
        "sum of (6 units; tanh; as it is)",
        "parametric mish (layer norm)",
        "side by side of (5 relu; as it is)",
        "dropout 0.5",
        "3 softmax",
    ):
        assert word in said


def test_members_are_said_and_drawn():
    parts = blocks_of(tabm_network(PEOPLE, SOFTMAX, 3))
    assert parts[-1].notes == ("mean of 32 members",) and parts[-1].own


def test_what_is_left_out_of_a_deep_network_is_counted():
    drawn = network_svg(multilayer(14, [256] * 300, 1, "squared"))
    assert "289 more" in texts(drawn)
    assert sum(text == "256 relu" for text in texts(drawn)) == 302 - 2 - 289
