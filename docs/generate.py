"""Write the reference pages that follow from the code: `make docs`, or `python docs/generate.py`.

PAGES says which page is made by which function; tests/test_reference.py compares what is committed with what they make.
"""

from __future__ import annotations

from pathlib import Path

from generators import diagnostics, pack_format, regions

REFERENCE = Path(__file__).parent / "reference"
PAGES = {"diagnostics.md": diagnostics.page, "pack-format.md": pack_format.page, "regions.md": regions.page}


def main() -> None:
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
