"""What is dead in a pack's rules, or meets, whatever the households are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("z3", reason="the extra `verify` isn't installed")

import policyengine
from minipack import load
from policyengine.verifying.findings import FAULTS, Finding, Kind, findings
from policyengine.verifying.properties import spans
from policyengine.verifying.search import Witness

FACTS = """
    age: {for: person, type: number, label: {zh: 年龄, en: age}, unit: year}
    poor: {for: person, type: condition, label: {zh: 贫困, en: poor}}
    stage: {for: person, type: choice, label: {zh: 学段, en: stage}, options: {none: 未读, school: 上学, college: 大学}}
    bill: {for: person, type: number, label: {zh: 费用, en: bill}, unit: yuan/year}
"""
PARAMETERS = """
    old: {label: {zh: 老年, en: old}, unit: year, values: 60岁}
    very_old: {label: {zh: 高龄, en: very old}, unit: year, values: 80岁}
    share: {label: {zh: 比例, en: share}, unit: ratio, values: 50%}
"""


def found(folder: Path, eligible: str, amount: str = "share × bill", **sections: str) -> list[Finding]:
    benefit = f"benefit: aid\nlabel: {{zh: 救助, en: aid}}\nfor: person\nkind: cash\nperiod: year\neligible: {eligible}\namount: {amount}\n"
    files = {"benefits/aid.yaml": benefit}
    return everything(load(folder, files, **{"facts": FACTS, "parameters": PARAMETERS, **sections}))


def everything(pack: policyengine.Pack) -> list[Finding]:
    return list(findings([(pack.program(span[0]), span) for span in spans(pack.policy)]))


def kinds(items: list[Finding], about: str | None = None) -> list[Kind]:
    return [item.kind for item in items if about in (None, item.about)]


def test_sound_rules_have_no_faults(tmp_path: Path) -> None:
    items = found(tmp_path, "poor and (age >= old or age >= very_old)")
    assert [item for item in items if item.is_fault] == []


def test_a_benefit_that_nobody_can_have_is_found(tmp_path: Path) -> None:
    assert "never entitled" in kinds(found(tmp_path, "age >= very_old and age < old"), "aid")


def test_a_condition_that_never_holds_is_found_in_an_alternative(tmp_path: Path) -> None:
    items = found(tmp_path, "poor or (age >= very_old and age < old)")
    dead = [item for item in items if item.kind == "never true"]
    assert [(item.about, type(item.node).__name__) for item in dead] == [("aid.eligible", "Logic")]


def test_a_condition_that_always_holds_is_told_but_no_fault(tmp_path: Path) -> None:
    items = found(tmp_path, "poor and (age >= old or age < very_old)")
    assert "always true" in kinds(items, "aid.eligible")
    assert "always true" not in FAULTS


TABLE = """
    level:
      for: person
      label: {{zh: 档次, en: level}}
      table:
        hit: first
        rows:
          - {{when: age >= old, then: high}}
          - {{when: {second}, then: low}}
        otherwise: none
"""


def test_a_row_behind_one_that_covers_it_is_never_reached(tmp_path: Path) -> None:
    items = found(tmp_path, "level != none", variables=TABLE.format(second="age >= very_old"))
    assert [(item.kind, item.rows) for item in items if item.kind == "row never reached"] == [
        ("row never reached", (1,))
    ]


def test_rows_that_hold_together_and_households_in_no_row_are_shown_with_a_household(tmp_path: Path) -> None:
    items = found(tmp_path, "level != none", variables=TABLE.format(second="poor"))
    overlap = next(item for item in items if item.kind == "rows overlap")
    assert overlap.rows == (0, 1)
    assert isinstance(overlap.witness, Witness)
    (member,) = overlap.witness.household["members"]
    assert int(member["age"]) >= 60
    assert member["poor"] is True
    gap = next(item for item in items if item.kind == "gap")
    assert isinstance(gap.witness, Witness)
    (member,) = gap.witness.household["members"]
    assert int(member["age"]) < 60
    assert member["poor"] is False


def test_a_figure_that_makes_no_difference_is_found(tmp_path: Path) -> None:
    """Whoever is very old is old, so the second age changes nothing."""
    items = found(tmp_path, "poor or age >= max(old, 0岁) or (age >= old and age >= very_old)")
    assert kinds(items, "very_old") == ["figure without effect"]
    assert kinds(items, "old") == []


def test_what_is_alive_in_one_part_of_the_term_is_not_dead(tmp_path: Path) -> None:
    pack = "pack: mini\nlabel: {zh: 小县, en: Mini}\nterm: {from: 2018-01-01, to: 2019-12-31}\n"
    parameters = PARAMETERS + "    start: {label: {zh: 起点, en: start}, unit: date, values: 2019-06-01}\n"
    files = {
        "benefits/aid.yaml": "benefit: aid\nlabel: {zh: 救助, en: aid}\nfor: person\nkind: service\neligible: poor and effective_date >= start and age >= old and (stage = school or age >= very_old)\n",
        "pack.yaml": pack,
    }
    items = everything(
        load(
            tmp_path,
            files,
            facts=FACTS,
            parameters=parameters.replace("    share: {label: {zh: 比例, en: share}, unit: ratio, values: 50%}\n", ""),
        )
    )
    assert [item for item in items if item.is_fault] == []
    late = {**files, "pack.yaml": pack.replace("2019-12-31", "2019-05-31")}
    items = everything(load(tmp_path, late, facts=FACTS, parameters=parameters))
    assert "never entitled" in kinds(items, "aid")


def test_a_reading_that_matters_only_after_the_term_is_no_fault(tmp_path: Path) -> None:
    """Whether aid goes on after 2018 makes no difference in 2018."""
    readings = """
        goes_on:
          label: {zh: 是否延续, en: does it go on}
          question: {zh: 期满后还给吗？, en: Is it given after the term?}
          options: {ends: {zh: 不给, en: it ends}, stays: {zh: 还给, en: it stays}}
          default: ends
          why: {zh: 未写明, en: not said}
    """
    parameters = "    end: {label: {zh: 期末, en: end}, unit: date, values: 2018-12-31}\n"
    files = {
        "pack.yaml": "pack: mini\nlabel: {zh: 小县, en: Mini}\nterm: {from: 2018-01-01, to: 2018-12-31}\n",
        "benefits/aid.yaml": "benefit: aid\nlabel: {zh: 救助, en: aid}\nfor: person\nkind: service\n"
        "eligible: poor and (effective_date <= end or goes_on = stays)\n",
    }
    items = everything(load(tmp_path, files, facts=FACTS, parameters=parameters, readings=readings))
    assert kinds(items, "goes_on") == ["figure of effect beyond the term"]
    assert not any(item.is_fault for item in items)


def test_benefits_of_a_family_that_can_be_had_together_are_told(tmp_path: Path) -> None:
    both = {
        f"benefits/{name}.yaml": f"benefit: {name}\nlabel: {{zh: {name}, en: {name}}}\nfor: person\nkind: service\nfamily: help\neligible: {rule}\n"
        for name, rule in (("one", "poor"), ("two", "age >= old"), ("three", "age < old and not poor"))
    }
    sections: dict[str, Any] = {"facts": FACTS, "families": "help: {label: {zh: 帮助, en: help}}\n"}
    sections["parameters"] = "old: {label: {zh: 老年, en: old}, unit: year, values: 60岁}\n"
    items = everything(load(tmp_path, both, **sections))
    assert [(item.about, item.others) for item in items if item.kind == "together"] == [("one", ("two",))]


def test_parts_of_the_questions_come_to_all_of_them(tmp_path: Path) -> None:
    benefit = "benefit: aid\nlabel: {zh: 救助, en: aid}\nfor: person\nkind: service\neligible: level != none or (poor and not poor)\n"
    sections = {"facts": FACTS, "parameters": PARAMETERS, "variables": TABLE.format(second="age >= very_old")}
    pack = load(tmp_path, {"benefits/aid.yaml": benefit}, **sections)
    programs = [(pack.program(span[0]), span) for span in spans(pack.policy)]
    whole = [(item.kind, item.about, item.rows) for item in findings(programs)]
    parts = [[(item.kind, item.about, item.rows) for item in findings(programs, part=(i, 3))] for i in range(3)]
    assert sorted(whole) == sorted(part for each in parts for part in each)
    assert len(whole) >= 3
