"""One household under several plans: what each cell says, and that no region's fault costs the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import policyengine
from minipack import write_files
from policyengine.cli import app
from policyengine.errors import PolicyError
from policyengine.regions import compare_regions

ROOT = Path(__file__).parent.parent
FAMILIES = """
aid: {label: {zh: 救助, en: aid}}
school: {label: {zh: 助学, en: school aid}}
roof: {label: {zh: 住房, en: housing}}
"""
FACTS = """
income: {for: household, type: number, unit: yuan/year, label: {zh: 收入, en: income}}
pupil: {for: person, type: condition, label: {zh: 学生, en: pupil}}
"""
AID = """
benefit: aid
label: {zh: 救助金, en: aid}
for: household
family: aid
kind: cash
period: year
eligible: 收入 < 3600元/年
amount: 3600元/年 - 收入
"""
GRANT = """
---
benefit: grant
label: {zh: 助学金, en: grant}
for: person
family: school
kind: cash
period: year
eligible: 学生
amount: 1000元/人/年
---
benefit: meals
label: {zh: 午餐, en: meals}
for: person
family: school
kind: in_kind
eligible: 学生 and 住校
"""
HOUSEHOLD = {
    "household": "王家",
    "income": 3000,
    "members": [{"id": "a", "学生": True, "住校": True}, {"id": "b", "学生": True}, {"id": "c", "学生": False}],
}


def pack(name: str, zh: str, term: str, benefits: str, facts: str = FACTS) -> str:
    return f"pack: {name}\nlabel: {{zh: {zh}, en: {name}}}\nterm: {{from: {term}-01-01, to: 2020-12-31}}\n"


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> list[policyengine.Pack]:
    """North gives aid, south gives school aid and knows one fact more, east begins in 2019."""
    root = tmp_path_factory.mktemp("regions")
    boarding = "boards: {for: person, type: condition, label: {zh: 住校, en: boards}}\n"
    wanted = (
        ("north", "北县", 2016, AID, FACTS),
        ("south", "南县", 2016, GRANT, FACTS + boarding),
        ("east", "东县", 2019, AID, FACTS),
    )
    for name, zh, first, benefits, facts in wanted:
        sections = {"facts": facts, "benefits": benefits.removeprefix("\n---\n"), "families": FAMILIES}
        write_files(root / name, sections, {"pack.yaml": pack(name, zh, str(first), benefits)})
    return [policyengine.load(root / name) for name, *_ in wanted]


def test_each_cell_says_what_its_plan_gives_or_that_it_has_nothing(packs: list[policyengine.Pack]) -> None:
    found = compare_regions(HOUSEHOLD, on="2018-06-01", packs=packs)
    status = {key: cell.status for key, cell in found.cells.items()}
    assert status == {
        ("aid", "north"): "eligible",
        ("aid", "south"): "not in this plan",
        ("aid", "east"): "no decision",
        ("school", "north"): "not in this plan",
        ("school", "south"): "eligible",
        ("school", "east"): "not in this plan",
    }


def test_members_with_the_same_result_share_an_entry_and_others_do_not(packs: list[policyengine.Pack]) -> None:
    found = compare_regions(HOUSEHOLD, on="2018-06-01", packs=packs)
    entries = [
        (entry.benefit, entry.who, entry.status, [need.zh for need in entry.needs])
        for entry in found.cells["school", "south"].entries
    ]
    assert entries == [
        ("grant", ("a", "b"), "eligible", []),
        ("meals", ("a",), "eligible", []),
        ("meals", ("b",), "undetermined", ["住校"]),
        ("grant", ("c",), "ineligible", []),
        ("meals", ("c",), "ineligible", []),
    ]


def test_the_table_reads_to_the_letter(packs: list[policyengine.Pack]) -> None:
    found = compare_regions(HOUSEHOLD, on="2018-06-01", packs=packs)
    assert (
        found.text("zh", width=100)
        == """\
王家 · 2018-06-01

      北县                            南县                            东县
────────────────────────────────────────────────────────────────────────────────────────────────────
救助  ✓ 每年 600.00 元                —                               无法判断

助学  —                               ✓ 助学金（a、b）：每年          —
                                        1,000.00 元
                                      ✓ 午餐（a）：符合
                                      ? 午餐（b）：待定（须知 住校）

东县：2018-06-01 不在方案期限 2019-01-01 至 2020-12-31 之内
—：本方案没有"""
    )


def test_a_fact_that_no_region_knows_is_an_error_with_a_suggestion(packs: list[policyengine.Pack]) -> None:
    household: dict[str, Any] = {"income": 1, "members": [{"id": "a", "pupill": True, "住校": True}]}
    with pytest.raises(PolicyError) as caught:
        compare_regions(household, on="2018-06-01", packs=packs)
    assert [item.code for item in caught.value.diagnostics] == ["unknown-fact"]
    assert "pupill" in caught.value.render("en")
    assert "did you mean" in caught.value.render("en")


def test_a_wrong_value_is_told_in_the_columns_that_read_it(packs: list[policyengine.Pack]) -> None:
    household = {"members": [{"id": "a", "学生": True, "住校": "perhaps"}]}
    found = compare_regions(household, on="2018-06-01", packs=packs)
    assert [region.problem is None for region in found.regions] == [True, False, False]
    assert "perhaps" in found.text("en")


def test_a_beyond_term_region_decides_when_asked_to(packs: list[policyengine.Pack]) -> None:
    found = compare_regions(HOUSEHOLD, on="2018-06-01", packs=packs, beyond_term=True)
    assert found.cells["aid", "east"].status == "eligible"


def test_to_dict_is_json_and_holds_every_decision(packs: list[policyengine.Pack]) -> None:
    content = compare_regions(HOUSEHOLD, on="2018-06-01", packs=packs).to_dict()
    assert json.loads(json.dumps(content)) == content
    north = content["families"][0]["cells"]["north"]
    assert north["entries"][0]["says"] == {"zh": "每年 600.00 元", "en": "600.00 yuan a year"}
    assert [("decision" in region, "problem" in region) for region in content["regions"]] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_html_escapes_what_comes_from_the_household(packs: list[policyengine.Pack]) -> None:
    found = compare_regions({**HOUSEHOLD, "household": "<b>王家"}, on="2018-06-01", packs=packs)
    assert "<b>王家" not in found.html("zh")
    assert "&lt;b&gt;王家" in found.html("zh")
    assert found._repr_html_().startswith("<div")


# the command


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["compare-regions", str(ROOT / "examples/zhang.yaml"), *arguments, "--lang", "en"])


def test_the_command_compares_the_shipped_plans() -> None:
    result = run("--on", "2018-06-01", "--width", "140", "--set", "zibo.农村低保标准=4200元")
    assert result.exit_code == 0
    assert "Zibo Wenchang Lake" in result.output
    assert "7,500.00" in result.output


def test_a_setting_names_its_region() -> None:
    result = run("--on", "2018-06-01", "--set", "农村低保标准=4200元")
    assert result.exit_code == 2
    assert "REGION.NAME" in result.output


def test_the_command_writes_a_page(tmp_path: Path) -> None:
    result = run("--on", "2018-06-01", "--html", str(tmp_path / "page.html"))
    assert result.exit_code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_benefits_without_a_family_are_counted_below_and_shown_when_all_is(tmp_path: Path) -> None:
    sections = {"facts": FACTS, "benefits": AID.replace("family: aid\n", "").removeprefix("\n")}
    write_files(tmp_path / "west", sections, {"pack.yaml": pack("west", "西县", "2016", "")})
    comparison = compare_regions(HOUSEHOLD | {"members": [{"id": "a"}]}, on="2018-06-01", packs=str(tmp_path / "west"))
    assert comparison.text("zh", 130) == (
        "王家 · 2018-06-01\n\n  西县\n" + "─" * 130 + "\n"
        "另有 1 项待遇没有写 family:，未列入（--all / every=True 列出）；要归入一行，在待遇里写 family: 类别，类别见 families.yaml"
    )
    assert comparison.text("en", 200).endswith(
        "\n1 benefit without `family:`, not shown (--all / every=True shows them); to give one a row, write `family: …` in it, "
        "a family of families.yaml"
    )
    assert comparison.text("zh", 60, every=True).endswith("未归类  ✓ 救助金：每年 600.00 元\n")
    assert "not grouped" in comparison.html("en", every=True)
    assert comparison.to_dict()["families"][0]["cells"]["west"]["entries"][0]["benefit"] == "aid"


def test_a_row_of_benefits_without_a_family_stands_last_beside_those_with_one(
    packs: list[policyengine.Pack], tmp_path: Path
) -> None:
    sections = {"facts": FACTS, "benefits": AID.replace("family: aid\n", "").removeprefix("\n")}
    write_files(tmp_path / "west", sections, {"pack.yaml": pack("west", "西县", "2016", "")})
    given = HOUSEHOLD | {"members": [{"id": "a"}]}
    both = compare_regions(given, on="2018-06-01", packs=(packs[0], policyengine.load(tmp_path / "west")))
    assert (both.rows(), both.rows(every=True), both.ungrouped) == (["aid"], ["aid", ""], 1)
    assert [both.cells["", key].status for key in ("north", "west")] == ["not in this plan", "eligible"]
    assert compare_regions(HOUSEHOLD, on="2018-06-01", packs=packs).ungrouped == 0
