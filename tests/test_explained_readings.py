"""How explanations tell of a reading: as what the text is taken to mean, not as something a household could fail."""

from __future__ import annotations

from pathlib import Path

import minipack
from policyengine.explaining.rendering import Explanation

FACTS = """
income: {for: household, type: number, unit: yuan/year, label: {zh: 年收入, en: income}}
dibao: {for: person, type: condition, label: {zh: 低保对象, en: on dibao}}
old: {for: person, type: condition, label: {zh: 老年人, en: elderly}}
"""
PARAMETERS = (
    "line: {label: {zh: 收入线, en: income line}, unit: yuan/year, provision: P-1, values: {2016-01-01: 5000元}}\n"
)
READINGS = """
at_the_line:
  label: {zh: 恰在线上的归属, en: where the line itself belongs}
  options: {within: {zh: 线内, en: inside}, outside: {zh: 线外, en: outside}}
  default: outside
  why: {zh: 文件没有写明, en: the text doesn't say}
  provision: P-1
"""
PROVISIONS = "P-1: {place: 第一条, says: 收入线, class: benefit}\n"


def decide(folder: Path, eligible: str, reading: str | None = None, **facts: object):  # type: ignore[no-untyped-def]
    benefit = f"benefit: b\nlabel: {{zh: 帮助, en: help}}\nfor: person\nkind: service\neligible: {eligible}\n"
    pack = minipack.load(
        folder,
        facts=FACTS,
        parameters=PARAMETERS,
        readings=READINGS,
        provisions=PROVISIONS,
        benefits=benefit,
    )
    household = {"income": "5000元", "members": [{"id": "a", **facts}]}
    readings = {} if reading is None else {"at_the_line": reading}
    return pack.decide(household, on=minipack.ON, readings=readings)


def test_a_reading_that_decided_stands_beside_the_condition_that_failed_under_it(tmp_path: Path) -> None:
    decision = decide(tmp_path, "年收入 < 收入线 or (年收入 = 收入线 and at_the_line = within)")
    assert """\
  ✗ 帮助   不符合
      按“恰在线上的归属”的读法：线外
      ✗ 年收入 为 5,000.00 元/年；须小于 收入线 5,000.00 元/年
""" in str(decision.explain("zh"))
    assert """\
  ✗ help   not entitled
      under the reading “where the line itself belongs: outside”
      ✗ income is 5,000.00 yuan/year; must be below income line 5,000.00 yuan/year
""" in str(decision.explain("en"))


def test_a_reading_stands_before_alternatives_and_not_among_them(tmp_path: Path) -> None:
    decision = decide(tmp_path, "dibao or old or at_the_line = within", dibao=False, old=False)
    assert """\
      按“恰在线上的归属”的读法：线外
      ✗ 以下至少须有一项
          ✗ a 不是低保对象
          ✗ a 不是老年人
""" in str(decision.explain("zh"))


def test_a_reading_that_refuses_alone_is_the_reason(tmp_path: Path) -> None:
    decision = decide(tmp_path, "dibao and at_the_line = within", dibao=True)
    assert """\
  ✗ 帮助   不符合
      按“恰在线上的归属”的读法：线外

""" in str(decision.explain("zh"))
    brief = Explanation(decision, "zh", None, None, brief=True).text
    assert "  ✗ 帮助   不符合\n      按“恰在线上的归属”的读法：线外\n" in brief
    page = decision.explain("zh").html
    assert '<span class="m">·</span> 按“恰在线上的归属”的读法：线外' in page


def test_a_reading_that_grants_is_a_reason_without_a_mark(tmp_path: Path) -> None:
    decision = decide(tmp_path, "dibao and at_the_line = within", "within", dibao=True)
    assert """\
      因为 a 是低保对象
      因为 按“恰在线上的归属”的读法：线内""" in str(decision.explain("zh"))


def test_a_reading_left_open_is_told_as_open(tmp_path: Path) -> None:
    decision = decide(tmp_path, "dibao or at_the_line = within", "open", dibao=False)
    assert "? “恰在线上的归属”的读法未定" in str(decision.explain("zh"))
    assert "? the reading “where the line itself belongs” is left open" in str(decision.explain("en"))


def test_rows_that_a_table_passed_over_are_told_in_plain_words(tmp_path: Path) -> None:
    benefit = """\
benefit: b
label: {zh: 帮助, en: help}
for: person
kind: service
variables:
  class:
    for: person
    label: {zh: 类别, en: class}
    table:
      hit: first
      rows:
        - {when: dibao, then: first}
        - {when: old, then: second}
      otherwise: none
    options: {first: {zh: 甲类, en: A}, second: {zh: 乙类, en: B}, none: {zh: 无, en: none}}
eligible: class = first
"""
    pack = minipack.load(tmp_path, facts=FACTS, benefits=benefit)
    decision = pack.decide({"members": [{"id": "a", "dibao": False, "old": False}]}, on=minipack.ON)
    assert "          前面几种情形都不符合\n              ✗ a 不是低保对象" in str(decision.explain("zh"))
    assert "          none of the cases before it applies\n" in str(decision.explain("en"))
