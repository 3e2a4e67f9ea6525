"""How explanations tell of members: the ones because of whom a condition isn't as it should be."""

from __future__ import annotations

from pathlib import Path

import minipack
from policyengine.explaining.rendering import Explanation

FACTS = """
dropped: {for: person, type: condition, label: {zh: 因贫失学, en: out of school for poverty}}
"""
PROVISIONS = "P-1: {place: 第一条, says: 补助, class: benefit}\n"


def decide(folder: Path, eligible: str):  # type: ignore[no-untyped-def]
    benefit = f"benefit: b\nlabel: {{zh: 帮助, en: help}}\nfor: household\nkind: service\nprovisions: [P-1]\neligible: {eligible}\n"
    pack = minipack.load(folder, facts=FACTS, provisions=PROVISIONS, benefits=benefit)
    household = {"members": [{"id": "甲", "dropped": True}, {"id": "乙", "dropped": False}]}
    return pack.decide(household, on=minipack.ON)


def test_where_nobody_may_be_so_the_member_who_is_so_is_named(tmp_path: Path) -> None:
    decision = decide(tmp_path, "not (any of members where 因贫失学)")
    assert """\
  ✗ 帮助   不符合
      ✗ 有成员符合
          ✓ 乙 因贫失学：否
          ✗ 甲 因贫失学：是
""" in str(decision.explain("zh"))
    assert "有成员符合（甲 因贫失学：是）" in Explanation(decision, "zh", None, None, brief=True).text


def test_where_everybody_must_be_so_the_member_who_is_not_is_named(tmp_path: Path) -> None:
    decision = decide(tmp_path, "all of members where 因贫失学")
    assert "成员并非全部符合（乙 因贫失学：否）" in Explanation(decision, "zh", None, None, brief=True).text
