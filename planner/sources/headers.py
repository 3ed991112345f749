"""Which header of a table is which column, by the study's own say, by name, or by the words of common tables."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from planner.schema import Column, Schema
from planner.sources.cells import CellWords, words_key
from planner.sources.geodata import geodata_path
from planner.sources.issue_log import IssueLog
from planner.sources.suggest import listing, nearest, which

COORDINATES = ("lon", "lat", "geometry")
OPEN_PREFIX = "population_"
"""Tables with a population may give it by any age group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of ``geodata/headers.toml``: headers by table and column, units, and what cells may hold."""

    units: tuple[str, ...]
    columns: Mapping[str, Mapping[str, Sequence[str]]]
    cells: CellWords

    def aliases(self, table: str, column: str) -> list[str]:
        """Return the headers that stand for a column, the likeliest first."""
        own = self.columns.get(table, {}).get(column, ())
        return [column, *own, *self.columns.get("all", {}).get(column, ())]

    def key(self, header: str) -> str:
        """Return a header as headers are compared: without case, blanks, full-width forms and units."""
        key = "".join(unicodedata.normalize("NFKC", header).casefold().split())
        for unit in self.units:
            if key.endswith(unit) and key != unit:
                return key.removesuffix(unit)
        return key


def read_wording(services: Mapping[str, Mapping[str, str]]) -> Wording:
    """Read the words of common tables, and those of the services, by which cells name them.

    Parameters
    ----------
    services
        By service: by language, its name.

    Examples
    --------
    >>> read_wording({}).aliases("communities", "id")[:2]
    ['id', '社区编码']
    """
    with geodata_path("headers.toml").open("rb") as stream:
        content = tomllib.load(stream)
    return Wording(
        units=tuple(unicodedata.normalize("NFKC", unit).casefold() for unit in content["units"]),
        columns=content["columns"],
        cells=CellWords(
            flags={value: _keys(content["flags"][word]) for value, word in ((True, "true"), (False, "false"))},
            choices={
                column: {value: _keys(known) for value, known in values.items()}
                for column, values in content["choices"].items()
            },
            services={words_key(name): key for key, names in services.items() for name in (key, *names.values())},
        ),
    )


def find_column(schema: Schema, name: str) -> Column | None:
    """Return a column of a schema; any ``population_…`` is one where the schema has a population."""
    known = schema.column(name)
    if known is None and name.startswith(OPEN_PREFIX) and schema.column("population") is not None:
        return Column(name, "count")
    return known


def take_headers(
    headers: Collection[str],
    schema: Schema,
    *,
    told: Mapping[str, str],
    wording: Wording,
    log: IssueLog,
    settled: Collection[str] = (),
    with_geometry: bool = False,
) -> dict[str, str]:
    """Return, by column, the header that holds it; ``lon``, ``lat`` and ``geometry`` (text) are among the columns.

    Parameters
    ----------
    headers
        Those of the file.
    schema
        What the table must hold.
    told
        By column, its header: the study's own say, which wins.
    wording
        The words of common tables.
    log
        Takes a note of what was taken for what, and a fault for each column that isn't there.
    settled
        Columns that get their value elsewhere and so needn't be there.
    with_geometry
        Whether the file itself holds geometry; then no column is taken for coordinates.
    """
    taken = _as_told(headers, schema, told, log)
    wanted = [column.name for column in schema.columns]
    wanted += [name for name in headers if find_column(schema, name) is not None and name not in wanted]
    if not with_geometry:
        wanted += COORDINATES
    free = [header for header in headers if header not in taken.values()]
    for name in wanted:  # the planner's own names first: an alias never takes one of them
        if name in free and name not in taken:
            taken[name] = name
            free.remove(name)
    for name in wanted:
        if name in taken or name in told:
            continue
        keys = [wording.key(alias) for alias in wording.aliases(schema.name, name)]
        like = sorted((keys.index(key), header) for header in free if (key := wording.key(header)) in keys)
        if like:
            taken[name] = like[0][1]
            free.remove(like[0][1])
    _tell(taken, told, log)
    for column in schema.columns:
        if column.required and column.name not in {*taken, *told, *settled}:
            log.fault("missing_column", f"there is no column '{column.name}'", _remedy(column.name, headers))
    return taken


def _as_told(headers: Collection[str], schema: Schema, told: Mapping[str, str], log: IssueLog) -> dict[str, str]:
    taken: dict[str, str] = {}
    for name, header in told.items():
        if find_column(schema, name) is None and name not in COORDINATES:
            known = [*(column.name for column in schema.columns), *COORDINATES]
            log.fault("unknown_column", f"columns: {schema.name} have no column '{name}'", which(name, known))
        elif header not in headers:
            remedy = which(header, headers)
            log.fault("missing_column", f"columns: there is no header '{header}' for '{name}'", remedy)
        else:
            taken[name] = header
    return taken


def _tell(taken: Mapping[str, str], told: Mapping[str, str], log: IssueLog) -> None:
    guessed = [f"'{header}' for {name}" for name, header in taken.items() if header != name and name not in told]
    if guessed:
        remedy = "say otherwise with columns = { … } in the study file"
        log.note("headers", f"took {', '.join(guessed)}", remedy)


def _remedy(name: str, headers: Collection[str]) -> str:
    if not headers:
        return "give the table a header"
    like = nearest(name, headers)
    if like is not None:
        return f"if it is '{like}', rename that, or say columns = {{ {name} = '{like}' }} in the study file"
    return f"add it, or say which it is with columns = {{ {name} = '…' }}; the table has {listing(headers)}"


def _keys(known: Sequence[str]) -> frozenset[str]:
    return frozenset(words_key(word) for word in known)
