"""What a run tells: one row for each job and peer, as a table and as ``bench.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure held against its goal; docs/benchmarks.md says what each key means.

    ``why_not`` is told beside the table where there is no figure, and isn't saved.
    """

    job: str
    size: str
    peer: str | None = None
    ours_s: float | None = None
    peer_s: float | None = None
    ratio: float | None = None
    goal: float | None = None
    met: bool | None = None
    memory_mb: float | None = None
    agree: bool | None = None
    why_not: str = field(default="", compare=False)


KEYS = tuple(key.name for key in fields(Row) if key.name != "why_not")
FIGURES = tuple(key for key in KEYS if key not in {"job", "size"})


def judged(ratio: float, goal: float | None, *, at_most: bool = False) -> bool | None:
    """Return whether a goal is met, None where there is none."""
    if goal is None:
        return None
    return ratio <= goal if at_most else ratio >= goal


def save(rows: Sequence[Row], path: Path) -> None:
    """Write the rows, whole or not at all."""
    saved = [{key: _short(value) for key, value in asdict(row).items() if key in KEYS} for row in rows]
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text, job by job; below it why some have no figures."""
    cells = [[_word(_short(getattr(row, key))) for key in FIGURES] for row in rows]
    width = [max(len(key), *(len(row[at]) for row in cells)) for at, key in enumerate(FIGURES)]
    lines = [_aligned(FIGURES, width)]
    for at, row in enumerate(rows):
        asked = (row.job, row.size)
        if at == 0 or asked != (rows[at - 1].job, rows[at - 1].size):
            lines += ["", f"{row.job}: {row.size}"]
        lines.append(_aligned(cells[at], width))
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.why_not:
            reasons.setdefault(f"{row.peer}: {row.why_not}", []).append(row.job)
    lines += ["", *(f"no figures from {reason} ({', '.join(jobs)})" for reason, jobs in reasons.items())]
    return "\n".join(lines).rstrip() + "\n"


def _aligned(cells: Sequence[str], width: Sequence[int]) -> str:
    first, *others = (cell.rjust(room) for cell, room in zip(cells, width, strict=True))
    return "  ".join(["", first.strip().ljust(width[0]), *others])


def _short(value: object) -> object:
    """Return a figure with four digits that count: no run repeats more."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
