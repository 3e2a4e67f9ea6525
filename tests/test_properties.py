"""What a pack's authors mean to hold: proved, refuted with a household that replays, or said to be undecided."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

pytest.importorskip("z3", reason="the extra `verify` isn't installed")

import policyengine
from minipack import load
from policyengine.errors import PolicyError
from policyengine.verifying import verdicts
from policyengine.verifying.properties import compile_properties, spans
from policyengine.verifying.running import Wanted, verify
from policyengine.verifying.saving import as_yaml, scenarios_of
from policyengine.verifying.search import Impossible, NotDecided, Witness
from policyengine.verifying.telling import lines
from policyengine.verifying.verdicts import Proved, Prover, Refuted, Undecided, Verdict

FACTS = """
    bill: {for: person, type: number, label: {zh: 费用, en: bill}, unit: yuan/year}
    paid: {for: person, type: number, label: {zh: 已报, en: paid by others}, unit: yuan/year}
    poor: {for: person, type: condition, label: {zh: 贫困, en: poor}}
    income: {for: household, type: number, label: {zh: 收入, en: income}, unit: yuan/year}
"""
PARAMETERS = """
    share: {label: {zh: 比例, en: share}, unit: ratio, values: 50%}
    line: {label: {zh: 收入线, en: income line}, unit: yuan/person/year, values: not stated}
    cap: {label: {zh: 封顶线, en: ceiling}, unit: yuan/person/year, values: at least 1000元}
"""
AID = """
benefit: aid
label: {zh: 救助, en: aid}
for: person
kind: reimbursement
period: year
eligible: poor or round(income / household_size, 0.01元) < line
amount: min(share × max(bill - paid, 0元), cap)
"""


def mini(folder: Path, properties: str, benefits: str = AID, **more: str) -> policyengine.Pack:
    sections = {"facts": FACTS, "parameters": PARAMETERS, "properties": properties, **more}
    return load(folder, {"benefits/aid.yaml": benefits}, **sections)


def written(name: str = "p", scope: str = "person", **keys: str) -> str:
    rows = {"for": scope, "label": f"{{zh: 性质, en: {name}}}", **keys}
    return f"{name}:\n" + indent("\n".join(f"{key}: {value}" for key, value in rows.items()), "  ") + "\n"


def verdict(pack: policyengine.Pack, **settings: Any) -> Verdict:
    meant = [compile_properties(pack.policy, span) for span in spans(pack.policy)]
    return Prover(pack.policy, meant, **settings).prove(meant[0].properties[0])


def test_a_condition_that_always_holds_is_proved(tmp_path: Path) -> None:
    found = verdict(mini(tmp_path, written(always="received(aid) <= max(bill - paid, 0元)")))
    assert found.outcome == Proved(3)
    assert not found.is_news


def test_what_no_other_member_can_change_is_proved_for_households_of_any_size(tmp_path: Path) -> None:
    alone = AID.replace("poor or round(income / household_size, 0.01元) < line", "poor")
    found = verdict(mini(tmp_path, written(always="received(aid) <= max(bill - paid, 0元)"), alone))
    assert found.outcome == Proved(None)


def test_a_condition_that_can_fail_is_refuted_with_the_least_that_makes_it_fail(tmp_path: Path) -> None:
    """Aid is limited by the ceiling, which may be as low as 1000; so half of more than 2000 isn't always paid."""
    pack = mini(tmp_path, written(given="poor and bill > paid", always="received(aid) = share × (bill - paid)"))
    found = verdict(pack)
    assert isinstance(found.outcome, Refuted)
    witness = found.outcome.witness
    assert found.outcome.entity == "m1"
    (member,) = witness.household["members"]
    assert set(member) == {"id", "bill", "paid", "poor"}
    decision = pack.decide(witness.household, on="2018-01-01", parameters=witness.parameters, beyond_term=True)
    amount = decision.entitlement("aid", "m1").amount
    assert amount is not None
    assert amount.exact is not None
    assert 2 * amount.exact < int(member["bill"]) - int(member["paid"])
    assert found.is_news


def test_more_of_a_fact_is_compared_with_all_else_the_same(tmp_path: Path) -> None:
    grows = mini(tmp_path / "grows", written(more="bill", of="received(aid)", lowers_at_most="0元"))
    assert isinstance(verdict(grows).outcome, Proved)
    falls = mini(tmp_path / "falls", written(more="bill", of="received(aid)", raises_at_most="0元"))
    outcome = verdict(falls).outcome
    assert isinstance(outcome, Refuted)
    before, after = outcome.values
    assert before.exact is not None
    assert after.exact is not None
    assert before.exact < after.exact
    first, second = outcome.witness.household, outcome.witness.others[verdicts.AFTER]
    changed = [key for key in first["members"][0] if first["members"][0][key] != second["members"][0][key]]
    assert changed == ["bill"]


def test_a_condition_becomes_true(tmp_path: Path) -> None:
    pack = mini(tmp_path, written(more="poor", of="received(aid)", lowers_at_most="0元"))
    assert isinstance(verdict(pack).outcome, Proved)


def test_a_cliff_is_found_where_one_yuan_more_costs_more_than_the_limit(tmp_path: Path) -> None:
    """The ceiling may be anything from 1000 up: one yuan over the line costs all of the aid."""
    steep = written(more="income", by="1元", of="received(aid)", lowers_at_most="999元")
    outcome = verdict(mini(tmp_path, steep)).outcome
    assert isinstance(outcome, Refuted)
    before, after = (amount.exact for amount in outcome.values)
    assert before is not None
    assert before > 999
    assert after == 0
    flat = mini(tmp_path / "flat", steep, AID.replace("poor or round(income / household_size, 0.01元) < line", "poor"))
    assert isinstance(verdict(flat).outcome, Proved)


def test_what_the_pack_itself_says_it_breaks_is_no_news_but_its_proof_is(tmp_path: Path) -> None:
    why = {"holds": "false", "why": "{zh: 有封顶线, en: there is a ceiling}"}
    broken = verdict(mini(tmp_path / "a", written(always="received(aid) = 0元", **why)))
    assert isinstance(broken.outcome, Refuted)
    assert not broken.is_news
    kept = verdict(mini(tmp_path / "b", written(always="received(aid) >= 0元", **why)))
    assert isinstance(kept.outcome, Proved)
    assert kept.is_news


def test_what_time_does_not_suffice_for_is_undecided_and_news(tmp_path: Path) -> None:
    found = verdict(mini(tmp_path, written(always="received(aid) >= 0元")), seconds=0.0)
    assert found.outcome == Undecided("timeout")
    assert found.is_news


def test_a_household_that_does_not_replay_refutes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the solver and the household evaluator disagreed, that would be said, and nothing claimed."""
    pack = mini(tmp_path, written(always="received(aid) >= 0元"))
    lie = Witness({"members": [{"id": "m1", "poor": False}]})
    monkeypatch.setattr(verdicts, "find", lambda *_, **__: lie)
    assert verdict(pack).outcome == Undecided("not replayed")


@pytest.mark.parametrize("answer", [NotDecided(1.0, "canceled"), Impossible()])
def test_what_the_solver_cannot_say_is_never_a_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: NotDecided | Impossible
) -> None:
    pack = mini(tmp_path, written(always="received(aid) >= 0元"))
    monkeypatch.setattr(verdicts, "find", lambda *_, **__: answer)
    expected = Undecided("canceled") if isinstance(answer, NotDecided) else Proved(3)
    assert verdict(pack).outcome == expected


def test_a_figure_that_changes_with_time_is_looked_at_in_each_of_its_times(tmp_path: Path) -> None:
    """The share is 50% in 2018 and 80% from 2019: more than half is paid only then."""
    parameters = PARAMETERS.replace("values: 50%", "values: {2018-01-01: 50%, 2019-01-01: 80%}")
    files = {"pack.yaml": "pack: mini\nlabel: {zh: 小县, en: Mini}\nterm: {from: 2018-01-01, to: 2019-12-31}\n"}
    properties = written(given="bill > 100元/人/年", always="received(aid) <= 60% × bill")
    sections = {"facts": FACTS, "parameters": parameters, "properties": properties}
    pack = load(tmp_path, {"benefits/aid.yaml": AID, **files}, **sections)
    assert [first.isoformat() for first, _ in spans(pack.policy)] == ["2018-01-01", "2019-01-01"]
    outcome = verdict(pack).outcome
    assert isinstance(outcome, Refuted)
    assert outcome.decisions[0].on.isoformat() == "2019-01-01"


def test_households_that_break_a_property_become_scenarios_to_be_confirmed(tmp_path: Path) -> None:
    pack = mini(tmp_path, written(more="income", by="1元", of="received(aid)", lowers_at_most="10元"))
    kept = scenarios_of(verdict(pack), pack)
    assert [list(item["expect"]["m1"]) for item in kept] == [["aid"], ["aid"]]
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "found.yaml").write_text(as_yaml(kept), encoding="utf-8")
    from policyengine.testing.scenarios import run_scenarios

    outcomes = list(run_scenarios(policyengine.load(tmp_path)))
    assert [item.passed for item in outcomes] == [True, True]
    assert all(item.to_confirm for item in outcomes)


def test_one_process_and_two_come_to_the_same(tmp_path: Path) -> None:
    properties = written("first", always="received(aid) >= 0元") + written("second", always="received(aid) = 0元")
    pack = mini(tmp_path, properties)
    one, two = (verify(pack, Wanted(), jobs=jobs) for jobs in (1, 2))
    for report in (one, two):
        assert [(item.about.id, type(item.outcome)) for item in report.verdicts] == [
            ("first", Proved),
            ("second", Refuted),
        ]
        assert not report.is_good
    assert one.findings is not None
    assert two.findings is not None
    assert [(item.kind, item.about) for item in one.findings] == [(item.kind, item.about) for item in two.findings]


def test_a_report_reads_to_the_letter(tmp_path: Path) -> None:
    properties = written("bounded", always="received(aid) <= max(bill - paid, 0元)", provisions="[M-1]")
    properties += written("never", given="poor", always="received(aid) = 0元")
    report = verify(mini(tmp_path, properties), Wanted(structure=False), jobs=1)
    said = [line for line in lines(report, "en") if not line.startswith("2 properties")]
    place = report.verdicts[1].about.place
    member = report.verdicts[1].outcome.witness.household["members"][0]  # type: ignore[union-attr]
    assert said[:3] == ["Mini · 2018-01-01", "", "Properties"]
    assert said[3] == "  ✓ bounded   proved for households of up to 3 members  [M-1]"
    assert said[4] == "  ✗ never   refuted"
    assert f"      m1: bill {member['bill']}, paid by others 0, poor yes" in said
    assert f"      {place}" in said
    told = list(lines(report, "zh"))
    assert told[3] == "  ✓ 性质   已证明，不超过 3 人的家庭  [M-1]"
    assert told[4] == "  ✗ 性质   不成立"
    assert told[-1].startswith("2 条性质：1 条已证明，1 条不成立，0 条未判定；")


def test_an_unknown_property_is_told_with_the_likeliest_meant(tmp_path: Path) -> None:
    pack = mini(tmp_path, written("bounded", always="received(aid) >= 0元"))
    with pytest.raises(PolicyError) as error:
        verify(pack, Wanted(only=("bouned",)), jobs=1)
    assert error.value.render("en") == "there is no property `bouned` [unknown-property]\nhint: did you mean `bounded`?"
