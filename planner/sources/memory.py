"""The memory that is free, and what a file of streets would take of it: told before the file is read."""

from __future__ import annotations

import math
from pathlib import Path

from planner.measure import FloatArray
from planner.room import Room, how_to_clip, must_fit

# Bytes of memory for each byte of the file, by the ending of its name, from reading it to the search: the growth of the
# process's peak resident memory on Linux with Python 3.11 by reading, building, weighing for one profile and anchoring
# 2,000 places. Measured on the extracts of Guixi, Nanjing, central Shanghai and Porto Alegre, each laid side by side up
# to 144 times (0.5 to 141 MB), and on Porto Alegre's streets written in the other formats; then rounded up. The last,
# which holds streets alone, needs most: a whole map with its buildings needs a third of that.
BYTES_PER_BYTE = {
    ".pbf": 50.0,  # 42
    ".osm": 5.0,  # 4.0
    ".xml": 5.0,
    ".gz": 40.0,  # XML shrinks to an eighth
    ".bz2": 60.0,  # to a twelfth
    ".graphml": 25.0,  # 18
    ".gpkg": 12.0,  # 9.4
    ".geojson": 6.0,  # 5.1
    ".json": 6.0,
    ".shp": 20.0,  # 16, its .dbf not counted
    ".parquet": 45.0,  # 38
    ".geoparquet": 45.0,
}

_GROUP = Path("/sys/fs/cgroup")


def free_memory() -> float:
    """Return the bytes of memory that this process may still take: what the machine has, or its container, if less."""
    import psutil

    return min(float(psutil.virtual_memory().available), _left_in_container())


def must_fit_streets(path: Path, room: Room, *, table: str, lon: FloatArray, lat: FloatArray) -> None:
    """Raise InputError where a file of streets would take more memory than is free.

    Parameters
    ----------
    path
        The file, which is there.
    room
        Gives the free memory.
    table
        The file as the study names it.
    lon, lat
        The communities, to which the file could be clipped; may be empty.
    """
    need = path.stat().st_size * BYTES_PER_BYTE.get(path.suffix.lower(), 0.0)
    must_fit(need, room, table=table, what="reading it", remedy=how_to_clip(table, lon, lat))


def _left_in_container() -> float:
    """Return what the control group of a container (version 2) leaves; infinite where there is no limit."""
    try:
        limit = (_GROUP / "memory.max").read_text(encoding="ascii").strip()
        used = int((_GROUP / "memory.current").read_text(encoding="ascii"))
        stat = dict(line.split() for line in (_GROUP / "memory.stat").read_text(encoding="ascii").splitlines())
        return math.inf if limit == "max" else float(int(limit) - used + int(stat["inactive_file"]))
    except (OSError, ValueError, KeyError):  # another system, or no container
        return math.inf
