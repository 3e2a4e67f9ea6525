"""Which benefit, indicator, member or language a caller means; what nothing is called is refused with the likeliest meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from policyengine import ir
from policyengine.errors import PolicyError, diagnostic
from policyengine.given import near, shown, whole_number
from policyengine.text import Lang, Text, no_language, preferred_language

if TYPE_CHECKING:
    from policyengine.results import Results

Declared = ir.Benefit | ir.Indicator
_SHARED = ("household", "area")


def language_meant(lang: Lang | None) -> Lang:
    """The language asked for, by default the locale's. Raises PolicyError if it is neither zh nor en."""
    if lang is None:
        return preferred_language()
    if lang not in ("zh", "en"):
        raise _bad("lang", no_language(shown(lang)))
    return lang


def require_known(results: Results, benefit: str | None, member: str | int | None) -> None:
    """Refuse to narrow an explanation to a benefit, indicator or member that isn't there, or has nothing of it."""
    declared: tuple[Declared, ...] = (*results.program.benefits, *results.program.indicators)
    meant = () if benefit is None else _called(declared, benefit)
    if benefit is not None and not meant:
        raise _nobody(benefit, _names(declared))
    if member is not None:
        keys = _entities(results, member)
        if meant and not any((key in _SHARED) != (item.scope == "person") for item in meant for key in keys):
            raise _of_another(results, meant[0])
    elif meant and all(item.scope not in results._scopes for item in meant):
        raise _of_another(results, meant[0])


def declared_meant(results: Results, declared: Iterable[Declared], name: str) -> Declared:
    """The one benefit or indicator of this id or label."""
    every = tuple(declared)
    found = _called(every, name)
    if not found:
        raise _nobody(name, _names(every))
    if len(found) > 1:
        ids = ", ".join(f"`{item.id}`" for item in found)
        raise PolicyError([diagnostic("ambiguous-name", name=name, ids=ids)])
    return found[0]


def entity_meant(results: Results, declared: Declared, entity: str | int | None) -> str:
    """Whose result is meant: a member by id or by a name that one alone bears; None is the household or the area."""
    if declared.scope not in results._scopes:
        raise _of_another(results, declared)
    if entity is None:
        if declared.scope == "person":
            raise _of_another(results, declared)
        return declared.scope
    found = _entities(results, entity)
    if len(found) > 1:
        ids = ", ".join(f"`{key}`" for key in found)
        raise PolicyError([diagnostic("ambiguous-name", name=str(entity), ids=ids)])
    (key,) = found
    if key != declared.scope and (declared.scope != "person" or key in _SHARED):
        raise _of_another(results, declared)
    return key


def _called(declared: Iterable[Declared], name: str) -> list[Declared]:
    """By id, or else all of this label."""
    every = list(declared)
    return [item for item in every if item.id == name] or [
        item for item in every if name in (item.label.zh, item.label.en)
    ]


def _names(declared: Iterable[Declared]) -> list[str]:
    return [name for item in declared for name in dict.fromkeys((item.id, item.label.zh, item.label.en))]


def _entities(results: Results, entity: str | int) -> list[str]:
    """Everyone of this id, or else of this name. Raises PolicyError if there is nobody."""
    whole = None if isinstance(entity, bool | str) else whole_number(entity)
    key = entity if isinstance(entity, str) else str(whole) if whole is not None else shown(entity)
    known = [one for one, _, _ in results._places]
    if key in known:
        return [key]
    names = {one: name for one, name in results.member_names.items() if one in known}
    found = [one for one, name in names.items() if name == key]
    if not found:
        raise _nobody(key, [*known, *names.values()])
    return found


def _nobody(name: str, known: Iterable[str]) -> PolicyError:
    return PolicyError([diagnostic("unknown-result", name=shown(name), hint=near(str(name), known))])


_WHOSE = {
    "household": Text("属于家庭，不要写成员", "is the household's: leave the member out"),
    "area": Text("属于地区：用 decide_area", "is the area's: use decide_area"),
    "person": Text("属于各成员：请指明一个", "is each member's: name one"),
}


def _of_another(results: Results, declared: Declared) -> PolicyError:
    whose, said = _WHOSE[declared.scope], f"`{declared.id}` "
    if declared.scope not in results._scopes and declared.scope != "area":
        whose = Text("不是地区的：用 decide", "isn't the area's: use decide")
    elif declared.scope in results._scopes and declared.scope == "area":
        whose = Text("属于地区，不要写成员", "is the area's: leave the member out")
    elif declared.scope == "person":
        ids = results._household.member_ids
        more = "" if len(ids) <= 5 else "…"
        whose = Text(
            f"{whose.zh}（{'、'.join(ids[:5])}{more}）", f"{whose.en} ({', '.join(ids[:5])}{', …' if more else ''})"
        )
    return _bad("benefit", Text(said + whose.zh, said + whose.en))


def _bad(name: str, reason: Text) -> PolicyError:
    return PolicyError([diagnostic("bad-argument", name=name, reason=reason)])
