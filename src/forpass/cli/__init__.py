"""The command ``forpass``. Nothing numerical is imported until a command runs."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; ends the process with 0, 1 (a fault of ours) or 2 (input or usage wrong)."""
    try:
        from forpass.cli.usage import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "click":
            raise
        print(
            'the command line needs a few more packages; install them with: pip install "forpass[cli]"',
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    except KeyboardInterrupt:  # before anything is there that could say more
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    run()
