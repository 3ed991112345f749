"""``python -m planner``: the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from planner.cli import command_line

    sys.exit(command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
