"""What a report says, in one of its languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forpass.errors import UnknownNameError
from forpass.model.evaluation import Evaluation
from forpass.model.provenance import Provenance
from forpass.report import english, korean, korean_sentences

__all__ = ["LANGUAGES", "Words", "words_of"]


@dataclass(frozen=True)
class Words:
    """The words of a language.

    Attributes
    ----------
    language : str
        Its code, as in HTML: ``"en"`` or ``"ko"``.
    texts : mapping
        Sentences by what they say, with places for what they are about.
    verdict : callable
        Whether the network earns its place, in a sentence.
    remarks : callable
        What of the training was out of the ordinary, in sentences.
    axis : callable
        What an axis or a line of a chart is called, instead of what the chart calls it.
    """

    language: str
    texts: Mapping[str, str]
    verdict: Callable[[Evaluation], str]
    remarks: Callable[[Provenance], Sequence[str]]
    axis: Callable[[str], str]

    def __call__(self, what: str, **about: Any) -> str:
        """Say something about something."""
        return self.texts[what].format(**about)

    def count(self, n: float, what: str) -> str:
        """Say how many there are: ``count(2, "row")``."""
        one, _, several = self.texts[f"count.{what}"].partition("|")
        return (several if several and n != 1 else one).format(n=f"{n:,.0f}")

    def heads(self, what: str) -> list[str]:
        """Return the heads of a table's columns."""
        return self.texts[what].split("|")


LANGUAGES = {
    "en": Words("en", english.TEXTS, lambda found: found.verdict, lambda facts: facts.remarks, str),
    "ko": Words("ko", korean.TEXTS, korean_sentences.verdict, korean_sentences.remarks, korean.axis),
}


def words_of(language: str) -> Words:
    """Return the words of a language.

    Raises
    ------
    UnknownNameError
        For a language that reports are not written in.
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language of a report", language, LANGUAGES)
    return LANGUAGES[language]
