"""How many examples Hypothesis tries of a test: as many as it asks for, and a tenth of them with --quick.

    @settings(max_examples=examples(200))

A test that asks for none has 100, and 10 with --quick. With --hunt it is ten times as many, and other ones
each time.
"""

from hypothesis import settings

__all__ = ["examples"]


def examples(count: int) -> int:
    """Return so many, or the part of them that the profile of this run tries (`conftest.py`)."""
    return max(1, count * settings.default.max_examples // 100)
