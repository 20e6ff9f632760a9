"""Lessons: what tutorials on neural networks build, rebuilt in plain NumPy and shown equal to forpass.

A lesson is one file that is read from top to bottom: what it is about, small functions, and at the end
`lesson(page)`, which tells the story. It computes in NumPy alone; forpass is imported where the two are
compared. `page.py` is where its words go, `korean/` holds the same words in Korean.
"""

from typing import NamedTuple

__all__ = ["LANGUAGES", "LESSONS", "Lesson"]

LANGUAGES = ("en", "ko")


class Lesson(NamedTuple):
    """One row of the table of lessons.

    Attributes
    ----------
    name : str
        As one types it.
    module : str
        Its file, and the file of its words in Korean.
    line : str
        What it is about.
    """

    name: str
    module: str
    line: str


# In the order in which one should read them.
# fmt: off
LESSONS = (
    Lesson("gates",       "gates",       "a neuron with weights set by hand; XOR from three of them"),
    Lesson("activations", "activations", "step, sigmoid, ReLU, softmax: why they bend, where they overflow"),
    Lesson("three-layer", "three_layer", "shapes, and a forward pass through three layers, number by number"),
    Lesson("history",     "history",     "perceptron, Adaline and logistic neuron; what each can learn"),
    Lesson("xor",         "xor",         "the delta rule and momentum, pass by pass, until XOR is learnt"),
    Lesson("vanishing",   "vanishing",   "how gradients fade on their way down, and with which activation"),
)
# fmt: on
