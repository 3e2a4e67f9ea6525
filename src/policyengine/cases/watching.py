"""A watch list: which households' results change when something new becomes known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policyengine.amounts import Amount
from policyengine.authoring.scenario_words import household_in_english
from policyengine.cases.case import Case
from policyengine.decision import Decision
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.given import near, shown
from policyengine.intake import OWN_KEYS
from policyengine.packs import Pack
from policyengine.results import Entitlement, IndicatorResult
from policyengine.text import Text

EVERY = ("all", "所有")  # in the place of a case: facts new for every household


@dataclass(frozen=True, slots=True)
class Change:
    """A result that is another than before. Amounts are None for an indicator or a benefit without one.

    because: the conclusions and premises behind it, in words; empty where only an amount has changed.
    """

    result: str
    entity: str
    who: Text
    label: Text
    before: str
    after: str
    before_amount: Amount | None
    after_amount: Amount | None
    because: Text


@dataclass(frozen=True, slots=True)
class Watched:
    """One stored case: what changes in it, or why it couldn't be looked at. case: the file's name without `.json`."""

    case: str
    household: str
    changes: tuple[Change, ...]
    errors: tuple[Diagnostic, ...] = ()


def watch(
    cases: Path | str | Mapping[str, str | bytes],
    new_facts: Mapping[str, Mapping[str, Any]],
    *,
    pack: Pack | None = None,
) -> list[Watched]:
    """Tell each stored case what is new, and see what changes. Neither the cases nor their files are changed.

    cases: a folder of saved cases (*.json), or their texts by name. new_facts: by case or household name (or `all`), facts
    as `Pack.decide` takes them; a fact known before is replaced, and a member with `joins: true` is new. pack: by default
    the shipped one that each case names. A case that can't be read, or doesn't take its new facts, is returned with what
    is wrong and costs the others nothing.
    """
    texts = (
        _texts(Path(cases)) if isinstance(cases, Path | str) else {name: _same(text) for name, text in cases.items()}
    )
    used: set[str] = set()
    found = [_watched(name, text, new_facts, pack, used) for name, text in texts.items()]
    for key in new_facts:
        if key not in used and key not in EVERY and not any(item.errors for item in found):
            hint = near(str(key), [name for item in found for name in (item.case, item.household) if name])
            found.append(Watched(str(key), "", (), (diagnostic("unknown-case", name=shown(key), hint=hint),)))
    return found


def _texts(folder: Path) -> dict[str, Callable[[], str | bytes]]:
    if not folder.is_dir():
        raise PolicyError([diagnostic("unreadable-file", path=str(folder), reason="no such folder")])
    return {path.stem: path.read_bytes for path in sorted(folder.glob("*.json"))}


def _same(text: str | bytes) -> Callable[[], str | bytes]:
    return lambda: text


def _watched(
    name: str,
    text: Callable[[], str | bytes],
    new_facts: Mapping[str, Mapping[str, Any]],
    pack: Pack | None,
    used: set[str],
) -> Watched:
    household = ""
    try:
        with Case.from_json(text(), pack=pack) as case:
            household = case.opening.name
            keys = [key for key in (*EVERY, name, household) if key in new_facts]
            used.update(keys)
            before = case.decision()
            for key in dict.fromkeys(keys):
                _tell(case, new_facts[key])
            return Watched(name, household, tuple(_changes(case, before)) if keys else ())
    except PolicyError as error:
        return Watched(name, household, (), error.diagnostics)
    except (OSError, UnicodeError) as error:
        return Watched(name, household, (), (diagnostic("bad-case", reason=str(error)),))


def _tell(case: Case, facts: Mapping[str, Any]) -> None:
    """Every new fact, in the household's form."""
    if not isinstance(facts, Mapping):
        raise PolicyError([diagnostic("household-shape", found=shown(facts))])
    facts = household_in_english(facts)
    for key, value in facts.items():
        if key not in OWN_KEYS:
            case.correct(str(key), value)
    for key, value in (facts.get("area") or {}).items():
        case.correct(str(key), value)
    for row in facts.get("members") or ():
        member = str(row.get("id") or row.get("name") or "")
        if row.get("joins"):
            case.add_member(member, str(row.get("name") or ""))
        for key, value in row.items():
            if key not in ("id", "name", "note", "joins"):
                case.correct(str(key), value, member)


def _changes(case: Case, before: Decision) -> Iterator[Change]:
    after = case.decision()
    was = {_key(item): item for item in _results(before)}
    for item in _results(after):
        old = was.get(_key(item))
        amount = item.amount if isinstance(item, Entitlement) else None
        old_amount = old.amount if isinstance(old, Entitlement) else None
        if old is None or (old.status, old_amount) != (item.status, amount):
            name, entity = _key(item)
            status = "undetermined" if old is None else old.status
            yield Change(
                name,
                entity,
                _who(case, entity),
                item.label,
                status,
                item.status,
                old_amount,
                amount,
                _because(case, name, entity),
            )


def _results(decision: Decision) -> list[Entitlement | IndicatorResult]:
    return [*decision.entitlements, *decision.indicators]


def _key(item: Entitlement | IndicatorResult) -> tuple[str, str]:
    return (item.benefit if isinstance(item, Entitlement) else item.indicator), item.entity


def _who(case: Case, entity: str) -> Text:
    return Text("全户", "household") if entity == "household" else Text(*[case.names.get(entity, entity)] * 2)


def _because(case: Case, name: str, entity: str) -> Text:
    member = None if entity == "household" else entity
    found = [item for item in case.conclusions if item.result == name and item.member == member]
    return Text(
        "；".join(dict.fromkeys(case.because(item, "zh") for item in found)),
        "; ".join(dict.fromkeys(case.because(item, "en") for item in found)),
    )
