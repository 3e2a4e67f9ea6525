"""Every shipped plan: its scenarios, its ledger against the reader's own copy of the document, and the examples under it."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
import yaml

from policyengine.authoring.scenario_schema import ScenarioShape
from policyengine.checking import check, cited_by
from policyengine.packs import Pack
from policyengine.regions import compare_regions, regional_packs
from policyengine.testing.report import tell_outcome
from policyengine.testing.scenarios import run_scenario

ROOT = Path(__file__).parent.parent
SOURCES = ROOT.parent / "shared" / "sources"
EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.yaml") if path.stem != "area")
PACKS = {pack.id: pack for pack in regional_packs()}
SCENARIOS = [(name, scenario) for name, pack in PACKS.items() for scenario in pack.policy.scenarios()]
# the numbered clauses of each document; a pack's ledger has these and entries for the rest of the text
CLAUSES = {
    "qingdao": ("QD", 55),
    "zibo": ("ZB", 98),
    "zhanjiang": ("ZJ", 67),
    "shangjie": ("SJ", 55),
    "ziyang": ("ZY", 62),
}

each_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS, ids=[f"{name}: {item.name.zh}" for name, item in SCENARIOS])
def test_scenario_comes_out_as_computed_by_hand(name: str, scenario: ScenarioShape) -> None:
    outcome = run_scenario(PACKS[name], scenario)
    assert outcome.passed, tell_outcome(outcome, "en")


def test_the_five_plans_are_there() -> None:
    assert set(PACKS) == set(CLAUSES)


@each_pack
def test_scenarios_are_many_and_have_names_of_their_own(pack: Pack) -> None:
    scenarios = pack.policy.scenarios()
    assert len(scenarios) >= 40
    for lang in ("zh", "en"):
        names = Counter(getattr(scenario.name, lang) for scenario in scenarios)
        assert [name for name, times in names.items() if times > 1] == []


@each_pack
def test_check_finds_nothing(pack: Pack) -> None:
    assert [str(item) for item in check(pack.policy).diagnostics] == []


@each_pack
def test_the_readers_own_copy_of_the_document_is_covered_whole(pack: Pack) -> None:
    if not SOURCES.is_dir():
        pytest.skip(f"the documents aren't here: {SOURCES}")
    report = check(pack.policy, SOURCES)
    assert [str(item) for item in report.diagnostics] == []
    assert report.covered == 1
    assert report.passages == len(pack.policy.provisions)


@each_pack
def test_every_clause_that_gives_or_requires_something_is_encoded_or_says_why_not(pack: Pack) -> None:
    encoded, clauses = cited_by(pack.policy), pack.policy.provisions
    prefix, last = CLAUSES[pack.id]
    assert {f"{prefix}-{number:03}" for number in range(1, last + 1)} <= set(clauses)
    for key, clause in clauses.items():
        assert (key in encoded) != (clause.not_encoded is not None), key
        if clause.class_ in ("benefit", "eligibility"):
            assert key in encoded, f"{key} gives something or says to whom, and nothing encodes it"


@each_pack
def test_the_ledger_tells_the_clauses_in_words_of_its_own(pack: Pack) -> None:
    document = _document(pack)
    for key, clause in pack.policy.provisions.items():
        told = "".join(str(clause.says.zh).split())
        copied = [told[at : at + 12] for at in range(len(told) - 11) if told[at : at + 12] in document]
        assert copied == [], key


def _document(pack: Pack) -> str:
    """The reader's own copy, without white space."""
    if not SOURCES.is_dir():
        pytest.skip(f"the documents aren't here: {SOURCES}")
    shape = pack.policy.shape.document
    texts = ("".join(path.read_text(encoding="utf-8").split()) for path in SOURCES.glob("*.txt"))
    return next(
        text for text in texts if shape is not None and hashlib.sha256(text.encode()).hexdigest() == shape.sha256
    )


@each_pack
def test_every_benefit_is_granted_and_refused_by_some_scenario(pack: Pack) -> None:
    shown = {benefit: set[str]() for benefit in pack.policy.benefits}
    for scenario in pack.policy.scenarios():
        outcome = run_scenario(pack, scenario)
        for decision in outcome.decisions:
            for item in decision.entitlements:
                shown[item.benefit].add(item.status)
    assert {benefit: found for benefit, found in shown.items() if not {"eligible", "ineligible"} <= found} == {}


@each_pack
def test_every_option_of_a_reading_is_shown_by_a_scenario(pack: Pack) -> None:
    scenarios = pack.policy.scenarios()
    for reading, shape in pack.policy.readings.items():
        chosen = {
            str(option) for scenario in scenarios for name, option in scenario.readings.items() if name == reading
        }
        assert {str(option) for option in shape.options} - {str(shape.default)} | {"open"} <= chosen, reading


@each_pack
def test_every_benefit_has_a_family(pack: Pack) -> None:
    assert [key for key, benefit in pack.policy.benefits.items() if benefit.family is None] == []


@each_pack
def test_what_is_not_stated_says_who_has_the_figure(pack: Pack) -> None:
    silent = [
        key
        for key, item in pack.policy.parameters.items()
        if item.values is not None and "not stated" in map(str, item.values.values()) and item.needs is None
    ]
    assert silent == []


def test_a_fact_that_several_plans_ask_for_is_declared_once() -> None:
    """Whether by its id or by its label, a fact means the same in every plan."""
    ids: dict[str, list[str]] = {}
    labels: dict[str, set[str]] = {}
    for name, pack in PACKS.items():
        for key, fact in pack.policy.facts.items():
            labels.setdefault(str(fact.label.zh), set()).add(str(key))
            if key not in pack.policy.inherited:
                ids.setdefault(str(key), []).append(name)
    assert {key: names for key, names in ids.items() if len(names) > 1} == {}
    assert {label: keys for label, keys in labels.items() if len(keys) > 1} == {}


# the examples under all plans


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_one_description_of_a_household_serves_all_plans(path: Path) -> None:
    household = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = compare_regions(household, on="2018-06-01", packs=PACKS.values())
    assert {region.id: region.problem for region in found.regions} == dict.fromkeys(PACKS)
    assert household["household"] in found.text("zh", width=160)
    for region in found.regions:
        assert region.decision is not None
        for lang in ("zh", "en"):
            assert household["household"] in str(region.decision.explain(lang))  # type: ignore[arg-type]
