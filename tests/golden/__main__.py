"""``python -m tests.golden``: write the golden files anew; look at the difference before it is committed."""

from __future__ import annotations

from tests.golden.made import FOLDER, made

if __name__ == "__main__":
    for name, text in made().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
