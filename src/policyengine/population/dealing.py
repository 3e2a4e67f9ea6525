"""Deal the rows of a table into piles by household id, so that all rows of a household lie in one pile that fits into memory.

Several piles are files, in a folder that goes again afterwards; a single one stays in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from policyengine.population.nesting import as_words, one_array

HAND = 1_000_000  # rows that are dealt at a time: fewer make many small writes
_ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads numbers that follow a pattern over the piles


def keys(ids: Any, as_text: bool) -> Any:
    """A number of 64 bits for each id, the same for equal ids: whole numbers themselves, of others a hash."""
    import polars as pl

    flat = one_array(ids)
    if pa.types.is_integer(flat.type) and not as_text:
        flat = flat.cast(pa.int64(), safe=False)
        return (flat.fill_null(0) if flat.null_count else flat).to_numpy(zero_copy_only=False).view(np.uint64)
    found = pl.from_arrow(as_words(flat) if as_text else flat)
    assert isinstance(found, pl.Series)
    return found.hash(seed=1).to_numpy()


class Piles:
    """Rows that are put in come out by pile, used with `with`.

    empty: a table of no rows, as those to come. name: its column of household ids. folder: where piles may lie.
    """

    def __init__(self, number: int, empty: pa.Table, name: str, as_text: bool, folder: Path) -> None:
        self.number, self.empty, self.name, self.as_text, self.folder = number, empty, name, as_text, folder
        self.hand: list[pa.Table] = []
        self.files: list[tuple[Path, Any]] = []
        self.stack = ExitStack()

    def __enter__(self) -> Piles:
        return self

    def __exit__(self, *error: Any) -> None:
        for _, writer in self.files:
            writer.close()
        self.stack.close()

    def put(self, table: pa.Table) -> None:
        self.hand.append(table)
        if self.number > 1 and sum(part.num_rows for part in self.hand) >= HAND:
            self._deal()

    def __iter__(self) -> Iterator[pa.Table]:
        """Each pile once."""
        if self.number == 1:
            yield pa.concat_tables([self.empty, *self.hand])
            return
        self._deal()
        for path, writer in self.files:
            writer.close()
            with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
                yield reader.read_all()
            path.unlink()

    def _deal(self) -> None:
        table = pa.concat_tables([self.empty, *self.hand]).combine_chunks()
        self.hand = []
        if not self.files:
            folder = self.stack.enter_context(tempfile.TemporaryDirectory(dir=self.folder, prefix=".piles-"))
            paths = [Path(folder) / f"{pile}.arrow" for pile in range(self.number)]
            self.files = [(path, pa.ipc.new_file(str(path), table.schema)) for path in paths]
        pile = (
            ((keys(table.column(self.name), self.as_text) * _ODD) >> np.uint64(32)) % np.uint64(self.number)
        ).astype(np.uint16)
        dealt = table.take(pa.array(np.argsort(pile, kind="stable")))
        ends = np.concatenate(([0], np.cumsum(np.bincount(pile, minlength=self.number))))
        for (_, writer), start, end in zip(self.files, ends[:-1].tolist(), ends[1:].tolist()):
            if end > start:
                writer.write_table(dealt.slice(start, end - start))
