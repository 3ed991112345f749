"""A page's source as its readers know it: the page is ASCII, and holds other letters as escapes."""

from __future__ import annotations

import json
import re
from pathlib import Path


def source_of(path: Path) -> str:
    r"""Return a page's source with its escapes as letters.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder) / "index.html"
    ...     _ = page.write_text('{"name":"\\u548c\\u5e73"}', encoding="ascii")
    ...     source_of(page)
    '{"name":"和平"}'
    """
    text = path.read_text(encoding="ascii")
    return re.sub(r"(?:\\u[0-9a-f]{4})+", lambda found: str(json.loads(f'"{found[0]}"')), text)
