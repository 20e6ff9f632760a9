"""The explorer: a step of training on the screen of a terminal, through which one walks number by number."""

from forpass.explorer.app import TraceExplorer

__all__ = ["TraceExplorer"]
