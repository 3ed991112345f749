"""Every read from outside: study files, tables, streets, the sample district, and the planner's own data."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.sources.cache import Cache
    from planner.sources.choice import with_choice
    from planner.sources.new import write_new
    from planner.sources.plans import read_plan, read_plans
    from planner.sources.sample import sample_district
    from planner.sources.study_file import read, read_sites

__all__ = ["Cache", "read", "read_plan", "read_plans", "read_sites", "sample_district", "with_choice", "write_new"]

_HOMES = {
    "Cache": "cache",
    "read": "study_file",
    "read_plan": "plans",
    "read_plans": "plans",
    "read_sites": "study_file",
    "sample_district": "sample",
    "with_choice": "choice",
    "write_new": "new",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
