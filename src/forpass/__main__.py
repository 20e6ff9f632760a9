"""``python -m forpass``: the same as the command ``forpass``."""

from forpass.cli import main

main()
