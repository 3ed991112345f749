"""``python -m planner``: the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from planner.cli import command_line
    except KeyboardInterrupt:
        sys.exit(130)  # nothing has begun yet

    code = command_line(sys.argv[1:])
    # If Ctrl-C came out of an exec'd string (a dataclass being made), CPython ends `python -m` by that signal, even
    # where it was caught; the next string that ends well makes it forget.
    exec("")  # noqa: S102
    sys.exit(code)


if __name__ == "__main__":
    main()
