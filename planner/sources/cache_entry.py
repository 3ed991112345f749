"""One entry of the cache: a file of numbers under a seal, which nothing but the very bytes that were written can break.

The file is ``seal | length of head | head | arrays``: 32 bytes, 8 bytes, JSON, and each array at a multiple of 64
bytes. The seal is worked out from the entry's key and every byte after it; so a file that is damaged, cut short,
renamed or of another format is told from a whole one before anything in it is believed.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from planner.sources.packing import NUMBERS, Packed, unpack

SEAL_BYTES = 32
MAPPED_BYTES = 1 << 20
"""A file of more than 1 MB is mapped into memory."""

ALIGNED_BYTES = 64  # a line of the processor's cache; compiled code wants its arrays at whole numbers at least
_WORDS = 4096  # of 8 bytes in a block: long enough that the blocks' sums are nothing beside the data

Bytes = npt.NDArray[np.uint8]


class DamagedEntryError(Exception):
    """The file isn't what was written under this key."""


def write(stream: BinaryIO, key: str, packed: Packed) -> None:
    """Write a value, taken apart, to an empty file that is open for reading and writing.

    Raises
    ------
    OSError
        The disk is full.
    """
    arrays = [[array.dtype.str, array.shape] for array in packed.arrays]
    head = json.dumps({"tree": packed.tree, "arrays": arrays}).encode()
    stream.write(bytes(SEAL_BYTES) + len(head).to_bytes(8, "little") + head)
    for array in packed.arrays:
        stream.write(bytes(-stream.tell() % ALIGNED_BYTES))
        stream.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    stream.flush()
    found = _seal(key, _bytes(stream))
    stream.seek(0)
    stream.write(found)
    stream.flush()


def read(path: Path, key: str) -> Any:
    """Return the value of an entry; changing its arrays leaves the file alone.

    Raises
    ------
    DamagedEntryError
        The file isn't what was written under this key.
    OSError
        There is no such file, or it may not be read.
    """
    with path.open("rb") as stream:
        whole = _bytes(stream)
    if len(whole) < SEAL_BYTES + 8 or whole[:SEAL_BYTES].tobytes() != _seal(key, whole):
        raise DamagedEntryError(str(path))
    try:
        return _opened(whole)
    except (KeyError, IndexError, TypeError, ValueError) as error:  # someone else set the seal
        raise DamagedEntryError(str(path)) from error


def _opened(whole: Bytes) -> Any:
    start = SEAL_BYTES + 8
    end = start + int.from_bytes(whole[SEAL_BYTES:start].tobytes(), "little")
    head = json.loads(whole[start:end].tobytes())
    arrays = []
    for kind, shape in head["arrays"]:
        dtype = np.dtype(kind)
        if dtype.kind not in NUMBERS:
            raise ValueError(kind)
        start = end + -end % ALIGNED_BYTES
        end = start + dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        arrays.append(whole[start:end].view(dtype).reshape(shape))
    return unpack(head["tree"], arrays)


def _bytes(stream: BinaryIO) -> Bytes:
    """Return a file's bytes; what is written to them stays in this process.

    A long file is mapped, not read: that takes a third of the time, and memory only for what is used. Nothing changes a
    file that stands, so what was under the seal stays so; only someone else who cuts it short while it is mapped stops
    the run.
    """
    stream.seek(0, os.SEEK_END)
    if stream.tell() > MAPPED_BYTES:
        return np.frombuffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY), np.uint8)
    stream.seek(0)
    return np.frombuffer(bytearray(stream.read()), np.uint8)


def _seal(key: str, whole: Bytes) -> bytes:
    """Return the seal of a file: the SHA-256 of its key, of a sum for each block of it, and of what is left over.

    Notes
    -----
    A block's sum is of its 64-bit words times fixed odd factors that look random, modulo 2^64 (a multilinear hash,
    Carter and Wegman 1979). A change of one word always changes it, as an odd factor has an inverse; any other damage
    goes unseen with a chance of about 2^-64. It runs at the speed of memory, many times that of SHA-256 over all.
    """
    body = whole[SEAL_BYTES:]
    in_blocks = len(body) - len(body) % (8 * _WORDS)
    sums = body[:in_blocks].view(np.uint64).reshape(-1, _WORDS) @ _factors()
    return hashlib.sha256(b"".join([key.encode(), b"\n", sums.tobytes(), body[in_blocks:].tobytes()])).digest()


@lru_cache(maxsize=1)
def _factors() -> npt.NDArray[np.uint64]:
    drawn = np.frombuffer(hashlib.shake_128(b"planner").digest(8 * _WORDS), np.uint64)
    return drawn | np.uint64(1)
