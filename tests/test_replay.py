"""A stored decision record replays byte for byte; an altered one says what differs.

Random households of a shipped pack, partly known, with their facts said in the many ways in which callers say them.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st

import policyengine
from drawing import Source, bits, drawn
from households import Household, Ready, given, keys, point, random_household, random_members, room, written
from policyengine import ir
from policyengine.ir import ChoiceType, DateType, NumberType
from policyengine.packs import Pack
from programs import random_program
from showing import Case

PACK = policyengine.load("zibo")
DAYS = ("2017-06-01", "2018-06-01", "2019-12-31", "2020-12-31")
replayed = settings(max_examples=settings().max_examples)


@st.composite
def cases(draw: Any) -> Case:
    source = drawn(draw)
    program = random_program(source)
    return Case(program, (random_household(source, program),))


@settings(max_examples=20 * settings().max_examples)
@tried_on(cases())
def test_a_record_of_any_program_replays_byte_for_byte(case: Case) -> None:
    record = Ready(case.program).decide(case.households[0]).record()
    again = policyengine.replay(record, pack=Ready(case.program))  # type: ignore[arg-type]
    assert again.matches, again.differences


@st.composite
def requests(draw: Any) -> tuple[str, dict[str, Any], dict[str, Any], dict[str, str]]:
    """A day, a household of which few facts are stated, figures and readings that the caller sets."""
    source = drawn(draw)
    day = source.pick(DAYS)
    program = PACK.program(day)
    members = random_members(source)
    facts = {}
    everything = [pair for pair in keys(program, members) if pair[0].scope != "area"]
    for _ in range(source.below(25)):
        fact, whose = source.pick(everything)
        facts[fact.id, whose] = given(source, fact, room(fact), partly=source.chance(30))
    plain = written(program, Household(members, facts))
    del plain["area"]
    types = {fact.id: fact.type for fact in program.facts}
    for row in (plain, *plain["members"]):
        row |= {key: said(source, types[key], value) for key, value in row.items() if key in types}
    figures, readings = {}, {}
    for item in program.parameters:
        if isinstance(item.type, ChoiceType):
            options = [program.options[bit.bit_length() - 1] for bit in bits(item.allowed)]  # type: ignore[arg-type]
            if source.chance(30):
                readings[item.id] = source.pick((*options, "open"))
        elif not isinstance(item.value, int) and source.chance(30):
            figures[item.id] = said(source, item.type, shown(item, point(source, item.type, item.allowed, "")))
    return day, plain, figures, readings


def shown(item: ir.Parameter, value: int) -> str:
    if isinstance(item.type, DateType):
        return date.fromordinal(value).isoformat()
    assert isinstance(item.type, NumberType)
    return (
        str(Decimal(value) / item.type.scale) if item.type.scale in (1, 100, 10_000) else f"{value}/{item.type.scale}"
    )


def said(source: Source, type_: ir.Type, value: Any) -> Any:
    """The same fact as another caller would say it."""
    match type_:
        case ir.ConditionType() if isinstance(value, bool):
            return source.pick((value, "是" if value else "否", "yes" if value else "no"))
        case DateType() if isinstance(value, str) and len(value) == 10:
            day = date.fromisoformat(value)
            return source.pick((value, day))
        case NumberType() if isinstance(value, str) and value.replace(".", "").replace("-", "").isdigit():
            exact = Decimal(value)
            ways = [value, exact, float(exact)] + ([int(exact)] if exact == int(exact) else [])
            return source.pick(ways)
        case _:
            return value


@replayed
@tried_on(requests())
def test_a_record_replays_byte_for_byte(request: Any) -> None:
    day, household, figures, readings = request
    record = PACK.decide(household, on=day, parameters=figures, readings=readings).record()
    again = policyengine.replay(record, pack=PACK)
    assert again.matches, again.differences
    assert again.decision.record() == record


@st.composite
def altered_records(draw: Any) -> tuple[bytes, str]:
    """A record in which one result has been changed, and where."""
    source = drawn(draw)
    day, household, figures, readings = draw(requests())
    content = json.loads(PACK.decide(household, on=day, parameters=figures, readings=readings).record())
    items = content["results"]["entitlements"]
    index = source.below(len(items))
    key = source.pick(("status", "amount"))
    items[index][key] = (
        "12345.67" if key == "amount" else "eligible" if items[index][key] != "eligible" else "ineligible"
    )
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, indent=1
    ).encode() + b"\n", f"results.entitlements[{index}].{key}"


@replayed
@tried_on(altered_records())
def test_an_altered_record_says_what_differs(case: tuple[bytes, str]) -> None:
    record, where = case
    again = policyengine.replay(record, pack=PACK)
    assert not again.matches
    assert where in [place for place, _, _ in again.differences]


RECORD = PACK.decide(
    {"household": "张家", "members": [{"id": "a", "低保对象": True, "目录内医疗费用": "2万元"}]},
    on="2018-06-01",
    parameters={"rural_dibao_standard": 4200},
).record()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("on",), "2019-06-01"),
        (("parameters", "rural_dibao_standard"), "4300"),
        (("facts", "members", 0, "dibao_recipient"), False),
        (("pack_digest",), "0" * 64),
        (("engine",), "0.0.0"),
        (("digest",), "0" * 64),
        (("results", "household"), "李家"),
    ],
    ids=lambda item: ".".join(map(str, item)) if isinstance(item, tuple) else None,
)
def test_a_record_altered_anywhere_does_not_replay(path: tuple[Any, ...], value: Any) -> None:
    content = json.loads(RECORD)
    place = content
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value
    again = policyengine.replay(json.dumps(content), pack=PACK)
    assert not again.matches
    assert again.differences


def test_a_record_spelled_differently_is_not_the_same_record() -> None:
    again = policyengine.replay(json.dumps(json.loads(RECORD)), pack=PACK)
    assert not again.matches
    assert [what for what, _, _ in again.differences] == [""]


def test_the_same_pack_loaded_again_writes_the_same_record() -> None:
    assert policyengine.replay(RECORD).matches
    content = json.loads(RECORD)
    fresh: Pack = policyengine.load("zibo")
    again = fresh.decide(
        content["facts"], on=content["on"], parameters=content["parameters"], readings=content["readings"]
    )
    assert again.record() == RECORD


# what isn't a record


def refused(record: Any, **more: Any) -> str:
    """The first line of what is said about something that can't be replayed."""
    with pytest.raises(policyengine.PolicyError) as caught:
        policyengine.replay(record, **more)
    return caught.value.render("en").splitlines()[0]


def altered(**changes: Any) -> bytes:
    return json.dumps({**json.loads(RECORD), **changes}).encode()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        ("\ud800", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"[]", "no keys and values"),
        (b'"zibo"', "no keys and values"),
        (b"{}", "no `pack`"),
        (altered(format=2), "format 2"),
        (altered(facts=[]), "`facts` isn't what it should be"),
        (altered(on=5), "`on` isn't what it should be"),
        (altered(scopes=["everybody"]), "`scopes` isn't what it should be"),
        (altered(scopes=[["person"]]), "`scopes` isn't what it should be"),
        (altered(reforms="x.yaml"), "`reforms` isn't what it should be"),
    ],
    ids=lambda item: item[:20] if isinstance(item, str) else "",
)
def test_what_is_no_record_is_told(record: Any, reason: str) -> None:
    assert refused(record) == f"this isn't a decision record: {reason} [bad-record]"


def test_facts_nested_deeply_are_told() -> None:
    facts = json.loads(RECORD)["facts"]
    nested: Any = "x"
    for _ in range(400):
        nested = [nested]
    assert "[unknown-fact]" in refused(altered(facts={**facts, "x": nested}))
    assert "[not-yes-or-no]" in refused(
        altered(facts={**facts, "members": [{**facts["members"][0], "dibao_recipient": nested}]})
    )


def test_a_record_that_is_no_file_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.json").endswith("the file can't be read: there is no such file [unreadable-file]")
    assert refused(tmp_path).endswith("the file can't be read: it isn't a regular file [unreadable-file]")


def test_a_record_opens_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends a record doesn't choose what is read: neither reforms nor packs by path."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.yaml").write_text("reform: evil\nlabel: evil\n")
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil/pack.yaml").write_text("pack: evil\nlabel: evil\n")
    assert refused(altered(reforms=["evil.yaml"])) == "there is no reform `evil.yaml` [unknown-reform]"
    assert refused(altered(pack=str(tmp_path / "evil"))).endswith("[unknown-pack]")
    assert policyengine.replay(altered(reforms=["evil.yaml"]), pack=PACK).differences
