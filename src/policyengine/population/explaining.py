"""Explain a row of a result file: decide its household again from the input, check that it comes to the same, and tell why."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policyengine.decision import Decision
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.packs import Pack, load
from policyengine.population.deciding import AREA, Plan, decide_households, prepare
from policyengine.population.files import batches, flattened, one_column, read_table, rows_of, suffix
from policyengine.population.nesting import (
    HOUSEHOLD_ID,
    HOUSEHOLDS,
    ID,
    MEMBERS,
    PERSON_ID,
    PERSONS,
    as_words,
    column_named,
    join,
    one_array,
    unnest,
)
from policyengine.population.runs import METADATA, description
from policyengine.population.streams import Source, source
from policyengine.population.tables import nested_table
from policyengine.text import Text


@dataclass(frozen=True)
class Row:
    """Whose row of a result file it is. person: None where it is the household's own."""

    household: Any
    person: str | None


def explain_row(
    result: str | Path, household: Any, given: Source | None = None, *, pack: Pack | str | None = None
) -> Decision:
    """The decision of one household of a result file; `.explain()` tells why.

    result: a file that `run_files` wrote. household: its id. given: the input of that run, if it isn't where it was.
    pack: in place of the pack that the file names, itself or its folder. Only facts that the run's results rest on are looked at. Raises
    PolicyError where the household isn't there, or comes to something else now.
    """
    path = Path(result)
    said = description(schema_of(path))
    loaded = (
        pack
        if isinstance(pack, Pack)
        else load(pack or said["pack"], reforms=said["reforms"], supplements=said["supplements"], grades="ABC")
    )
    if loaded.digest != said["digest"]:
        raise PolicyError(
            [diagnostic("other-pack", pack=loaded.id, found=loaded.digest[:16], digest=said["digest"][:16])]
        )
    plan = prepare(
        loaded, on=said["on"], parameters=said["parameters"], readings=said["readings"], benefits=said["results"],
        skip="*", labels=said["labels"], beyond_term=True,
    )  # fmt: skip
    before = _of_household(path, HOUSEHOLD_ID, household)
    homes, persons = _input_of(given or input_of(path, said), household)
    _compare(plan, before, household, homes, persons)
    return loaded.decide(
        {"id": str(household), **as_given(homes, persons, plan)},
        on=said["on"],
        parameters=said["parameters"],
        readings=said["readings"],
        beyond_term=True,
    )


def results_of(result: str | Path) -> frozenset[str]:
    """The ids of the benefits and indicators that a file holds."""
    return frozenset(description(schema_of(Path(result)))["results"])


def row_of(result: str | Path, number: int) -> Row:
    """Whose row it is by its number, the first being 1."""
    path = Path(result)
    schema = schema_of(path)
    description(schema)
    first = next(batches(path, 1))
    found = [_cell(path, column_named(first, HOUSEHOLD_ID, path.name), number)]
    person = next((name for name in PERSON_ID if name in first.column_names), None)
    if person is not None:
        found.append(str(_cell(path, person, number)))
    return Row(found[0], found[1] if person is not None else None)


def _cell(path: Path, name: str, number: int) -> Any:
    before = 0
    for part in one_column(path, name):
        if 0 < number - before <= len(part):
            return part[number - before - 1].as_py()
        before += len(part)
    raise PolicyError([diagnostic("no-such-row", path=path.name, row=str(number), rows=str(before))])


def schema_of(path: Path) -> pa.Schema:
    """A result file's columns and what it says of itself; CSV and Excel have that in a file beside them."""
    form = suffix(path)
    if not path.is_file():
        written = [path.with_name(f"{path.stem}.{table}{path.suffix}") for table in (HOUSEHOLDS, PERSONS)]
        near = " / ".join(f"`{other}`" for other in written if other.is_file())
        hint = Text(f"是否指 {near}？", f"did you mean {near}?") if near else None
        reason = Text("没有这个文件", "there is no such file")
        raise PolicyError([diagnostic("unreadable-file", path=str(path), reason=reason, hint=hint)])
    match form:
        case ".parquet":
            import pyarrow.parquet as pq

            return pq.read_schema(path)
        case ".arrow" | ".feather":
            with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
                return reader.schema
    beside = path.with_name(f"{Path(path.stem).stem}.run.json")
    return pa.schema([], metadata={METADATA: beside.read_bytes()} if beside.is_file() else {})


def input_of(result: Path, said: dict[str, Any]) -> Source:
    """The files that a run has read: where they were, or beside the result."""
    found: list[Path] = []
    for name in said["input"]:
        places = [Path(name), result.parent / name, result.parent / Path(name).name]
        there = next((place for place in places if place.is_file()), None)
        if there is None:
            raise PolicyError([diagnostic("input-not-found", path=name)])
        found.append(there)
    if not found:
        raise PolicyError([diagnostic("input-not-found", path="…")])
    return source(*found)


def _input_of(given: Source, household: Any) -> tuple[pa.Table, pa.Table | None]:
    return _of_household(given.households, (*HOUSEHOLD_ID, *ID), household), (
        None if given.persons is None else _of_household(given.persons, HOUSEHOLD_ID, household)
    )


def _of_household(table: Any, names: tuple[str, ...], household: Any) -> pa.Table:
    """A household's rows of a file or table. Raises PolicyError if there are none."""
    first = next(batches(table, 1)) if isinstance(table, Path) else read_table(table)
    what = table.name if isinstance(table, Path) else HOUSEHOLDS
    named = next((name for name in names if name in first.column_names), None)
    if named is None and MEMBERS[0] in first.column_names:  # nested without ids: they are row numbers
        places = np.array([int(household) - 1]) if str(household).isdecimal() else np.zeros(0, np.int64)
    else:
        columns = (
            one_column(table, column_named(first, names, what)) if isinstance(table, Path) else [first.column(named)]
        )
        places = _places(columns, str(household))
    found = rows_of(table, places) if isinstance(table, Path) else first.take(pa.array(places))
    if not found.num_rows:
        raise PolicyError([diagnostic("no-such-household", path=what, id=str(household))])
    return found


def _places(columns: Iterable[Any], word: str) -> Any:
    found: list[Any] = []
    row = 0
    for part in columns:
        same = pc.equal(as_words(one_array(part)), pa.scalar(word, pa.string())).fill_null(False)
        found.append(np.flatnonzero(same.to_numpy(zero_copy_only=False)) + row)
        row += len(part)
    return np.concatenate([np.zeros(0, np.int64), *found])


# is it still the same?


def _compare(plan: Plan, before: pa.Table, household: Any, homes: pa.Table, persons: pa.Table | None) -> None:
    """The rows in the file must be what the same columns come to now: statuses, amounts, reason codes and all."""
    nested = unnest(homes) if persons is None else join(homes, persons)
    now, rejected = decide_households(plan, nested)
    if rejected:
        reasons = [item.reason for item in rejected]
        raise PolicyError([reason for reason in reasons if reason.code != "rejected-household"] or reasons)
    if MEMBERS[0] in before.column_names:
        after = nested_table(now.households, now.persons)
    else:
        after = now.persons if any(name in before.column_names for name in PERSON_ID) else now.households
        before, after = flattened(before), flattened(after)
    wrong: list[Diagnostic] = []
    for name in before.column_names:
        others = after.column(name).to_pylist() if name in after.column_names else []
        for one, other in zip_longest(before.column(name).to_pylist(), others, fillvalue="–"):
            if not _same(one, other):
                wrong.append(
                    diagnostic("result-differs", name=name, entity=str(household), now=str(other), before=str(one))
                )
    if wrong:
        raise PolicyError(wrong)


def _same(one: Any, other: Any) -> bool:
    """Are two cells the same, be one of them written as text?"""
    if one == other or str(one) == str(other) or {str(one), str(other)} == {"None", ""}:
        return True
    with suppress(InvalidOperation):
        return Decimal(str(one)) == Decimal(str(other))
    return False


def as_given(homes: pa.Table, persons: pa.Table | None, plan: Plan) -> dict[str, Any]:
    """A household as `Pack.decide` takes it; columns that hold no fact the results rest on are left out."""
    forms = plan.ready.forms

    def facts(row: dict[str, Any], entries: Any) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name in entries and entries[name].id in plan.needed}

    row = homes.to_pylist()[0]
    members = row[column_named(homes, MEMBERS, HOUSEHOLDS)] if persons is None else persons.to_pylist()
    name = next(name for name in (*PERSON_ID, *ID) if name in members[0])
    home = facts(row, forms.household)
    area = {key.partition(".")[2]: value for key, value in row.items() if key.startswith(AREA)}
    home["members"] = [{"id": str(member[name]), **facts(member, forms.person)} for member in members]
    return {**home, "area": area} if area else home
