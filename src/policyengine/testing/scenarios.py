"""Run the scenarios beside a pack: households with the results that the document gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policyengine.amounts import Amount
from policyengine.authoring.reader import place_of
from policyengine.authoring.scenario_schema import ScenarioShape
from policyengine.authoring.scenario_words import ENTITIES, LISTS, RESULT
from policyengine.decision import Decision
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.explaining.telling import STATUS
from policyengine.packs import Pack, load
from policyengine.results import Entitlement, IndicatorResult, Missing
from policyengine.source import Source
from policyengine.testing.difference import entity_label, explained, nearest, other_readings, waits_for
from policyengine.testing.expected import counted_in, in_words, read_amount
from policyengine.testing.unfound import no_entity, no_result
from policyengine.text import Lang, Text, same

STATUSES = ("eligible", "ineligible", "undetermined")
INDICATORS = ("met", "not met", "undetermined", "not applicable")
_WORDS = {
    "符合": "eligible", "不符合": "ineligible", "待定": "undetermined",
    "达到": "met", "未达到": "not met", "不适用": "not applicable",
}  # fmt: skip
_LISTS = ("missing", "not missing", "explains", "assumes")
_QUANTITIES = ("amount", "gap", "measure", "target")
_PARTS = {
    "gap": Text("差距", "gap"),
    "measure": Text("实际", "measure"),
    "target": Text("目标", "target"),
    "explains": Text("解释", "explanation"),
    "missing": Text("还缺", "missing"),
    "not missing": Text("不缺", "not missing"),
    "assumes": Text("采用的读法", "readings taken"),
}
_NOTHING, _NAMELESS = Text("无", "nothing"), Text("", "")
Result = Entitlement | IndicatorResult
Tell = Callable[[Lang], list[str]]


@dataclass(frozen=True)
class Failure:
    """One expectation that wasn't met: of what, what was expected, what came out, and where that stands."""

    about: Text
    expected: Text
    got: Text
    place: Source | None = None
    tell: Tell = field(default=lambda lang: [], compare=False, repr=False)
    suggest: Tell = field(default=lambda lang: [], compare=False, repr=False)

    def why(self, lang: Lang) -> list[str]:
        """The reasons that decided what came out, and only those; lines, made when asked for."""
        return self.tell(lang)

    def hints(self, lang: Lang) -> list[str]:
        """What would give the expected result: another reading, words that do stand in the explanation."""
        return self.suggest(lang)


@dataclass(frozen=True)
class Outcome:
    """A scenario's name and place, what failed, or the errors that kept it from running.

    checks: how many expectations it has. to_confirm: they were generated. decisions: of its area and its household.
    """

    name: str
    place: Source | None
    failures: tuple[Failure, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    checks: int = 0
    decisions: tuple[Decision, ...] = ()
    label: Text = _NAMELESS
    to_confirm: bool = False

    @property
    def passed(self) -> bool:
        return not self.failures and not self.errors


Variant = tuple[tuple[str, ...], tuple[str, ...], str]  # reforms, supplements, the grades allowed
PLAIN: Variant = ((), (), "AB")


def run_scenarios(pack: Pack, only: str | None = None) -> Iterator[Outcome]:
    """Every scenario of a pack, in order, or those with some text in their name or file.

    Raises PolicyError if a scenario file can't be read.
    """
    variants: dict[Variant, Pack] = {PLAIN: pack}
    for scenario in pack.policy.scenarios():
        name, place = scenario.name.text, place_of(scenario.name.zh)
        if only is None or any(only in text for text in (name.zh, name.en, place.file.name if place else "")):
            yield run_scenario(pack, scenario, variants)


def run_scenario(pack: Pack, scenario: ScenarioShape, variants: dict[Variant, Pack] | None = None) -> Outcome:
    """One scenario: decide its household (and its area, if it has one) and compare.

    variants: the pack with reforms and supplements, by which; kept for the next scenario.
    """
    label = scenario.name.text
    outcome = Outcome(label.zh, place_of(scenario.name.zh), label=label, to_confirm=scenario.to_confirm)
    try:
        changed = variant_of(pack, scenario, {PLAIN: pack} if variants is None else variants)
        run = Run(changed, scenario, dict(decide(changed, scenario)))
        failures: list[Failure] = []
        checks = 0
        for entity, expected in scenario.expect.items():
            failures += run.compare(entity, expected)
            checks += len(expected) if isinstance(expected, Mapping | list) else 1
    except PolicyError as error:
        return replace(outcome, errors=error.diagnostics)
    return replace(outcome, failures=tuple(failures), checks=checks, decisions=tuple(run.decisions.values()))


def variant_of(pack: Pack, scenario: ScenarioShape, variants: dict[Variant, Pack]) -> Pack:
    """The pack with the reforms and supplements that a scenario names."""
    key = variant_key(pack, scenario)
    if key not in variants:
        variants[key] = pack.with_changes(reforms=key[0], supplements=key[1], grades=key[2])
    return variants[key]


def variant_key(pack: Pack, scenario: ScenarioShape) -> Variant:
    """What a scenario changes of a pack; what has been loaded with the pack isn't applied once more."""
    reforms = tuple(name for name in map(str, scenario.reforms) if name not in pack.reforms)
    supplements = tuple(name for name in map(str, scenario.supplements) if name not in pack.supplements)
    return reforms, supplements, scenario.grades


def decide(
    pack: Pack, scenario: ScenarioShape, readings: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Decision]]:
    """The decisions on a scenario's area and household, whichever it has; `readings` replace its own."""
    household = dict(scenario.household or {})
    settings: dict[str, Any] = {
        "on": str(scenario.on),
        "parameters": {str(key): value for key, value in scenario.parameters.items()},
        "readings": {str(key): value for key, value in scenario.readings.items()} | dict(readings or {}),
        "beyond_term": scenario.beyond_term,
    }
    if scenario.area is not None or {"area", *_AREA} & set(scenario.expect):
        area = scenario.area or {}
        household["area"] = area
        yield "area", pack.decide_area(area, **settings)
    if scenario.household is not None:
        yield "household", pack.decide(household, **settings)


_AREA = tuple(word for word, entity in ENTITIES.items() if entity == "area")


@dataclass(frozen=True)
class Run:
    """A scenario that has been decided."""

    pack: Pack
    scenario: ScenarioShape
    decisions: dict[str, Decision]

    def compare(self, key: Any, expected: Any) -> Iterator[Failure]:
        """What an entry of `expect` asks for and isn't so."""
        members = self.members()
        entity = str(key) if str(key) in members else ENTITIES.get(str(key), str(key))
        listed = LISTS.get(str(key), str(key))
        if listed in _LISTS and entity not in members:
            yield from self.lists(listed, expected)
            return
        decision = self.decisions.get("area" if entity == "area" else "household")
        if decision is None or all(item.entity != entity for item in results(decision)):
            place = place_of(key) or place_of(self.scenario.expect) or place_of(self.scenario.name.zh)
            raise no_entity(str(key), place, [*members, "household", "area", *_LISTS])
        if not isinstance(expected, Mapping):
            shape = Text("应为待遇或指标，及其期望的结果", "benefits or indicators are expected, each with its result")
            place = place_of(expected) or place_of(self.scenario.name.zh)
            raise PolicyError([diagnostic("wrong-shape", place, key=entity, expected=shape)])
        for name, want in expected.items():
            item = find(decision, entity, str(name))
            if item is None:
                raise no_result(self.decisions.values(), entity, str(name), place_of(name))
            yield from self.one(decision, item, want, place_of(want) or place_of(name))

    def holds(self) -> bool:
        """Is everything as expected?"""
        return not any(True for key, expected in self.scenario.expect.items() for _ in self.compare(key, expected))

    def asked(self) -> Iterator[tuple[Decision, Result, frozenset[str]]]:
        """The results of which something is expected, each with what: its status, its amount …"""
        members = self.members()
        for key, names in self.scenario.expect.items():
            entity = str(key) if str(key) in members else ENTITIES.get(str(key), str(key))
            decision = self.decisions.get("area" if entity == "area" else "household")
            for name, want in names.items() if isinstance(names, Mapping) else ():
                item = None if decision is None else find(decision, entity, str(name))
                if decision is not None and item is not None:
                    yield decision, item, frozenset(_full(want, item, place_of(name)))

    def listed(self) -> Iterator[tuple[str, list[str]]]:
        """What is expected beside results: `missing`, `not missing`, `explains` or `assumes`, with its entries."""
        for key, entries in self.scenario.expect.items():
            if not isinstance(entries, Mapping):
                yield LISTS.get(str(key), str(key)), [str(entry) for entry in _many(entries)]

    def members(self) -> tuple[str, ...]:
        decision = self.decisions.get("household")
        return () if decision is None else decision._household.member_ids

    def one(self, decision: Decision, item: Result, want: Any, place: Source | None) -> Iterator[Failure]:
        """What is expected of one result and isn't so; a wrong status says all, amounts are then left aside."""
        name = id_of(item)
        wanted = _full(want, item, place)
        about = Text(*(f"{entity_label(decision, item.entity, lang)} {item.label[lang]}" for lang in ("zh", "en")))
        known = STATUSES if isinstance(item, Entitlement) else INDICATORS
        if "status" in wanted:
            text = str(wanted["status"])
            status = _WORDS.get(text, text)
            if status not in known:
                raise PolicyError([diagnostic("bad-expectation", place, text=text, name=name)])
            if status != item.status:
                yield Failure(
                    about, _status(status), _status(item.status), place_of(wanted["status"]) or place,
                    lambda lang: explained(decision, item, "status", lang),
                    lambda lang: self.by_reading(item, lambda other: other.status == status, lang),
                )  # fmt: skip
                return
        for part in (part for part in _QUANTITIES if part in wanted):
            yield from self.quantity(decision, item, part, wanted[part], place_of(wanted[part]) or place, about)
        for fragment in _many(wanted.get("explains", ())):
            yield from self.fragment(str(fragment), place_of(fragment) or place, (item,), decision, about)
        waiting = waits_for(decision, item) if "missing" in wanted else []
        for entry in _many(wanted.get("missing", ())):
            if not _is_among(entry, waiting):
                yield _not_missing(Text(f"{about.zh}：还缺", f"{about.en}: missing"), entry, waiting, place)

    def quantity(
        self, decision: Decision, item: Result, part: str, want: Any, place: Source | None, about: Text
    ) -> Iterator[Failure]:
        """An amount, gap, measure or target that isn't as expected."""
        expected, unit = read_amount(str(want), place, id_of(item), counted_in(decision, item))
        got: Amount | None = getattr(item, part, None)
        if got != expected:
            about = (
                about if part == "amount" else Text(f"{about.zh} {_PARTS[part].zh}", f"{about.en}, {_PARTS[part].en}")
            )
            yield Failure(
                about, in_words(expected, unit), _NOTHING if got is None else in_words(got, unit), place,
                lambda lang: explained(decision, item, "amount", lang),
                lambda lang: self.by_reading(item, lambda other: getattr(other, part, None) == expected, lang),
            )  # fmt: skip

    def by_reading(self, item: Result, as_expected: Callable[[Result], bool], lang: Lang) -> list[str]:
        """The readings under which a result would be as expected."""

        def holds(readings: Mapping[str, str]) -> bool:
            for decision in dict(decide(self.pack, self.scenario, readings)).values():
                other = find(decision, item.entity, id_of(item))
                if other is not None and as_expected(other):
                    return True
            return False

        return other_readings(next(iter(self.decisions.values())), holds, lang)

    def fragment(
        self, text: str, place: Source | None, items: tuple[Result, ...], decision: Decision | None, about: Text
    ) -> Iterator[Failure]:
        """A piece of a Chinese explanation that isn't there: of some results, or (none named) of everything."""
        if decision is None:
            told = "\n".join(str(each.explain("zh")) for each in self.decisions.values())
        else:
            told = "\n".join(str(decision.explain("zh", benefit=id_of(item), member=item.entity)) for item in items)
        if text not in told:
            yield Failure(
                about, same(f"“{text}”"), Text("解释里没有", "not in the explanation"), place,
                suggest=lambda lang: nearest(text, told, lang),
            )  # fmt: skip

    def lists(self, kind: str, expected: Any) -> Iterator[Failure]:
        """What is missing is what the results that the scenario speaks of wait for; of all, if it speaks of none."""
        decisions, about = list(self.decisions.values()), spoken_of(self.scenario, self.members())
        items = [item for decision in decisions for item in decision.missing if _concerns(item, decision, about)]
        for entry in _many(expected):
            text, place = str(entry), place_of(entry)
            match kind:
                case "missing" if not _is_among(entry, items):
                    yield _not_missing(_PARTS["missing"], entry, items, place)
                case "not missing" if _is_among(entry, items):
                    found = next(item for item in items if text in _names(item))
                    yield Failure(
                        _PARTS[kind], same(text), Text("还缺它", "missing"), place,
                        lambda lang, found=found: self.waiting(found, lang),  # type: ignore[misc]
                    )  # fmt: skip
                case "explains":
                    yield from self.fragment(text, place, (), None, _PARTS[kind])
                case "assumes":
                    taken = {item.reading: item.label for decision in decisions for item in decision.assumptions}
                    if text not in taken and all(text not in (label.zh, label.en) for label in taken.values()):
                        yield Failure(_PARTS[kind], same(text), _listed(taken), place)

    def waiting(self, missing: Missing, lang: Lang) -> list[str]:
        """The results that wait for what is missing."""
        found = []
        for decision in self.decisions.values():
            for result, entity in missing.for_results:
                item = find(decision, entity, result)
                if item is not None:
                    who = entity_label(decision, entity, lang)
                    found.append(f"{who} {item.label[lang]}" + ("在等它" if lang == "zh" else " waits for it"))
        return list(dict.fromkeys(found))


def spoken_of(scenario: ScenarioShape, members: tuple[str, ...]) -> set[tuple[str, str]]:
    """(entity, result) pairs of which a scenario expects something, results as it calls them."""
    return {
        (str(key) if str(key) in members else ENTITIES.get(str(key), str(key)), str(name))
        for key, names in scenario.expect.items()
        if isinstance(names, Mapping)
        for name in names
    }


def results(decision: Decision) -> tuple[Result, ...]:
    return (*decision.entitlements, *decision.indicators)


def id_of(item: Result) -> str:
    return item.benefit if isinstance(item, Entitlement) else item.indicator


def find(decision: Decision, entity: str, name: str) -> Result | None:
    """A result by whose it is and its id or label."""
    for item in results(decision):
        if item.entity == entity and name in (id_of(item), item.label.zh, item.label.en):
            return item
    return None


def expected_results(
    scenario: ScenarioShape, decisions: Mapping[str, Decision]
) -> Iterator[tuple[Decision, Result, bool]]:
    """The results of which a scenario that was decided expects something, and whether it expects a quantity."""
    household = decisions.get("household")
    members = household._household.member_ids if household is not None else ()
    for key, names in scenario.expect.items():
        entity = str(key) if str(key) in members else ENTITIES.get(str(key), str(key))
        decision = decisions.get("area" if entity == "area" else "household")
        for name, want in names.items() if isinstance(names, Mapping) and decision is not None else ():
            item = find(decision, entity, str(name))  # type: ignore[arg-type]
            if decision is not None and item is not None:
                yield decision, item, not set(_QUANTITIES).isdisjoint(_full(want, item, None))


def _full(want: Any, item: Result, place: Source | None) -> dict[str, Any]:
    """An expectation with its keys: `eligible` is a status, an amount means eligible with exactly that."""
    if isinstance(want, Mapping):
        wanted = {RESULT.get(str(key), str(key)): value for key, value in want.items()}
        if unknown := set(wanted) - {"status", *_QUANTITIES, "explains", "missing"}:
            raise PolicyError([diagnostic("bad-expectation", place, text=", ".join(sorted(unknown)), name=id_of(item))])
        return wanted
    word = _WORDS.get(str(want), str(want))
    if word in STATUSES or word in INDICATORS:
        return {"status": want}
    return {"status": "eligible", "amount": want} if isinstance(item, Entitlement) else {"gap": want}


def _status(status: str) -> Text:
    """In Chinese as explanations say it, in English as scenarios write it."""
    return Text(STATUS[status].zh, status)


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _names(item: Missing) -> tuple[str, ...]:
    return item.id, item.label.zh, item.label.en


def _is_among(entry: Any, items: list[Missing]) -> bool:
    return any(str(entry) in _names(item) for item in items)


def _not_missing(about: Text, entry: Any, items: list[Missing], place: Source | None) -> Failure:
    return Failure(about, same(str(entry)), _listed({item.id: item.label for item in items}), place_of(entry) or place)


def _listed(labels: Mapping[str, Text]) -> Text:
    if not labels:
        return _NOTHING
    zh = "、".join(f"{label.zh}（{name}）" for name, label in sorted(labels.items()))
    return Text(zh, ", ".join(f"{label.en} ({name})" for name, label in sorted(labels.items())))


def _concerns(item: Missing, decision: Decision, about: set[tuple[str, str]]) -> bool:
    labels = {benefit.id: benefit.label for benefit in decision.program.benefits}
    labels |= {indicator.id: indicator.label for indicator in decision.program.indicators}
    return not about or any(
        (entity, name) in about
        for result, entity in item.for_results
        for name in (result, labels[result].zh, labels[result].en)
    )


def run_folder(folder: str) -> Iterator[Outcome]:
    """The scenarios of a pack by name or folder."""
    yield from run_scenarios(load(folder))
