"""What a refusal says about conditions with alternatives: which suffice alone, and which are needed together."""

from __future__ import annotations

from pathlib import Path

import minipack

FACTS = """
dibao: {for: person, type: condition, label: {zh: 低保对象, en: on dibao}}
old: {for: person, type: condition, label: {zh: 老年人, en: elderly}}
alone: {for: person, type: condition, label: {zh: 独居, en: lives alone}}
left: {for: person, type: number, unit: yuan/year, label: {zh: 自付, en: left to pay}}
"""


def explained(folder: Path, eligible: str, lang: str = "zh", **facts: object) -> str:
    benefit = (
        f"benefit: b\nlabel: {{zh: 帮助, en: help}}\nfor: person\nkind: cash\nperiod: year\neligible: {eligible}\n"
    )
    pack = minipack.load(folder, facts=FACTS, benefits=benefit + "amount: 50% × 自付\n")
    return str(pack.decide({"members": [{"id": "a", **facts}]}, on=minipack.ON).explain(lang))  # type: ignore[arg-type]


def test_what_is_needed_together_stays_together_among_alternatives(tmp_path: Path) -> None:
    assert explained(tmp_path, "dibao or (old and alone)", dibao=False, old=False, alone=False).endswith("""\
  ✗ 帮助   不符合
      ✗ 以下至少须有一项
          ✗ a 不是低保对象
          ✗ 须同时具备
              ✗ a 不是老年人
              ✗ a 独居：否""")


def test_of_what_is_needed_together_only_what_fails_is_told(tmp_path: Path) -> None:
    assert explained(tmp_path, "dibao or (old and alone)", dibao=False, old=True, alone=False).endswith("""\
      ✗ 以下至少须有一项
          ✗ a 不是低保对象
          ✗ a 独居：否""")


def test_a_denied_and_is_an_alternative_too(tmp_path: Path) -> None:
    assert explained(tmp_path, "not (dibao and (old or alone))", "en", dibao=True, old=True, alone=True).endswith("""\
      ✗ these must not all hold
          ✗ a: on dibao: yes
          ✗ none of these may hold
              ✗ a: elderly: yes
              ✗ a: lives alone: yes""")


def test_an_open_result_that_comes_to_nothing_either_way_shows_no_amount(tmp_path: Path) -> None:
    assert "  ? 帮助   待定\n" in explained(tmp_path, "dibao", left=0)


def test_a_difference_behind_a_minus_keeps_its_brackets(tmp_path: Path) -> None:
    facts = "".join(f"{name}: {{for: person, type: number, unit: yuan/year, label: {name}}}\n" for name in "xyz")
    benefit = "benefit: b\nlabel: b\nfor: person\nkind: cash\nperiod: year\neligible: 'true'\n"
    pack = minipack.load(tmp_path, facts=facts, benefits=benefit + "amount: max(0, x - max(0, y - z))\n")
    told = str(pack.decide({"members": [{"id": "a", "x": 100, "y": 50, "z": 20}]}, on=minipack.ON).explain("en"))
    assert "x 100.00 yuan − (y 50.00 yuan − z 20.00 yuan) = 70.00 yuan" in told


def test_the_note_of_a_benefit_is_told_where_it_is_granted_and_not_where_it_is_refused(tmp_path: Path) -> None:
    benefit = "benefit: b\nlabel: b\nfor: person\nkind: service\neligible: dibao\nnote: {zh: 由<镇>办理。, en: asked of the town}\n"
    pack = minipack.load(tmp_path, facts=FACTS, benefits=benefit)
    members = [{"id": "a", "dibao": True}, {"id": "b", "dibao": False}]
    told = pack.decide({"members": members}, on=minipack.ON).explain("zh")
    assert str(told).count("说明：由<镇>办理。") == 1
    assert told.html.count("说明：由&lt;镇&gt;办理。") == 1


def test_a_missed_indicator_is_not_grouped_with_refused_benefits(tmp_path: Path) -> None:
    from policyengine.explaining.rendering import Explanation

    benefit = "benefit: b\nlabel: 帮助\nfor: person\nkind: service\neligible: dibao\n"
    indicator = "i: {for: person, label: 达标, met: dibao}\n"
    pack = minipack.load(tmp_path, facts=FACTS, benefits=benefit, indicators=indicator)
    decision = pack.decide({"members": [{"id": "a", "dibao": False}]}, on=minipack.ON)
    brief = Explanation(decision, "zh", None, None, brief=True).text
    assert "✗ 帮助   不符合" in brief
    assert "✗ 达标   未达到" in brief
