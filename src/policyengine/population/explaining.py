"""Explain a row of a result file: decide its household again from the input, check that it comes to the same, and tell why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from policyengine.decision import Decision
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.packs import Pack, load
from policyengine.population.deciding import Plan, decide_households, prepare
from policyengine.population.files import batches, read_table
from policyengine.population.nesting import HOUSEHOLD_ID, HOUSEHOLDS, ID, MEMBERS, PERSON_ID, column_named, join, unnest
from policyengine.population.runs import METADATA, description
from policyengine.population.streams import Source


def explain_row(result: str | Path, household: Any, given: Source, *, pack: Pack | None = None) -> Decision:
    """The decision of one household of a result file; `.explain()` tells why.

    result: a households or persons file that `run_files` wrote. household: its id. given: the input of that run. pack:
    in place of the pack that the file names. Raises PolicyError where the household now comes to something else.
    """
    said = description(_schema(Path(result)))
    loaded = pack or load(said["pack"], reforms=said["reforms"], supplements=said["supplements"], grades="ABC")
    if loaded.digest != said["digest"]:
        raise PolicyError(
            [diagnostic("other-pack", pack=loaded.id, found=loaded.digest[:16], digest=said["digest"][:16])]
        )
    plan = prepare(
        loaded, on=said["on"], parameters=said["parameters"], readings=said["readings"], benefits=said["results"],
        skip="*", labels=said["labels"], beyond_term=True,
    )  # fmt: skip
    homes, persons = _rows_of(given, household)
    _compare(plan, Path(result), household, homes, persons)
    return loaded.decide(
        as_given(homes, persons, plan),
        on=said["on"],
        parameters=said["parameters"],
        readings=said["readings"],
        beyond_term=True,
    )


def _schema(path: Path) -> pa.Schema:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_schema(path)
    if path.suffix in (".arrow", ".feather"):
        with pa.ipc.open_file(str(path)) as reader:
            return reader.schema
    beside = path.with_name(f"{path.name.split('.')[0]}.run.json")
    return pa.schema([], metadata={METADATA: beside.read_bytes()} if beside.is_file() else {})


def _rows_of(given: Source, household: Any) -> tuple[pa.Table, pa.Table | None]:
    homes = _only(given.households, (*HOUSEHOLD_ID, *ID), household)
    if not homes.num_rows:
        raise PolicyError([diagnostic("orphan-member", id=str(household))])
    return homes, None if given.persons is None else _only(given.persons, HOUSEHOLD_ID, household)


def _only(table: Any, names: tuple[str, ...], household: Any) -> pa.Table:
    parts = batches(table) if isinstance(table, Path) else [read_table(table)]
    return pa.concat_tables(_of(part, column_named(part, names, HOUSEHOLDS), household) for part in parts)


def _of(table: pa.Table, name: str, household: Any) -> pa.Table:
    column = table.column(name)
    return table.filter(pc.equal(column.cast(pa.string()), pa.scalar(str(household), pa.string())))


def _compare(plan: Plan, result: Path, household: Any, homes: pa.Table, persons: pa.Table | None) -> None:
    """The rows in the file must be what the same columns come to now: statuses, amounts, reason codes and all."""
    nested = unnest(homes) if persons is None else join(homes, persons)
    now, rejected = decide_households(plan, nested)
    if rejected:
        raise PolicyError([item.reason for item in rejected])
    wrong: list[Diagnostic] = []
    before = _only(result, HOUSEHOLD_ID, household)
    after = now.persons if before.column_names == now.persons.column_names else now.households
    for name in before.column_names if before.column_names == after.column_names else ():
        pairs = zip(before.column(name).to_pylist(), after.column(name).to_pylist())
        for one, other in pairs:
            if one != other:
                wrong.append(
                    diagnostic("result-differs", name=name, entity=str(household), now=str(other), before=str(one))
                )
    if wrong:
        raise PolicyError(wrong)


def as_given(homes: pa.Table, persons: pa.Table | None, plan: Plan) -> dict[str, Any]:
    """A household as `Pack.decide` takes it; columns that name no fact are left out."""
    row = homes.to_pylist()[0]
    if persons is None:
        members = row[column_named(homes, MEMBERS, HOUSEHOLDS)]
    else:
        members = persons.to_pylist()
    forms = plan.ready.forms
    person_name = next(name for name in (*PERSON_ID, *ID) if name in members[0])
    home: dict[str, Any] = {name: value for name, value in row.items() if name in forms.household}
    area = {name.partition(".")[2]: value for name, value in row.items() if name.startswith(("area.", "地区."))}
    home["members"] = [
        {"id": str(member[person_name]), **{name: value for name, value in member.items() if name in forms.person}}
        for member in members
    ]
    return {**home, "area": area} if area else home
