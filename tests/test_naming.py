"""What a caller means by a name: labels and numbers are taken, what nothing is called is told with the likeliest meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import policyengine
from minipack import load as mini
from policyengine import Decision, PolicyError, compare, compare_regions, load, replay
from policyengine.population import decide_table

ON = "2018-06-01"
FACTS = """
    sick: {for: person, type: condition, label: {zh: 患病, en: ill}}
    poor: {for: household, type: condition, label: {zh: 困难, en: poor}}
    dry: {for: area, type: condition, label: {zh: 干旱, en: dry}}
"""
BENEFITS = {
    "benefits/care.yaml": "benefit: care\nlabel: {zh: 医疗救助, en: medical aid}\nfor: person\nkind: service\neligible: sick\n",
    "benefits/heat.yaml": "benefit: heat\nlabel: {zh: 取暖补贴, en: heating aid}\nfor: household\nkind: service\neligible: poor\n",
    "benefits/heat2.yaml": "benefit: heat2\nlabel: {zh: 另补, en: heating aid}\nfor: household\nkind: service\neligible: poor\n",
}
INDICATORS = """
    well: {for: person, label: {zh: 健康, en: health}, met: not sick}
    safe: {for: household, label: {zh: 安稳, en: safety}, met: not poor}
    wet: {for: area, label: {zh: 有水, en: water}, met: not dry}
"""
MEMBERS = [{"id": 1, "name": "张三", "sick": True}, {"id": 0, "name": "李四"}, {"id": "c", "name": "李四"}]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> policyengine.Pack:
    return mini(tmp_path_factory.mktemp("mini"), BENEFITS, facts=FACTS, indicators=INDICATORS)


@pytest.fixture(scope="module")
def decision(pack: policyengine.Pack) -> Decision:
    return pack.decide({"poor": True, "members": MEMBERS}, on=ON)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("care", "1"), ("care", "1", "eligible")),
        (("care", 1), ("care", "1", "eligible")),
        (("医疗救助", "张三"), ("care", "1", "eligible")),
        (("medical aid", 0), ("care", "0", "undetermined")),
        (("heat",), ("heat", "household", "eligible")),
        (("取暖补贴", "household"), ("heat", "household", "eligible")),
    ],
)
def test_an_entitlement_is_found_by_id_label_name_and_number(decision: Decision, asked: Any, found: Any) -> None:
    item = decision.entitlement(*asked)
    assert (item.benefit, item.entity, item.status) == found


def test_an_indicator_is_found_like_an_entitlement(pack: policyengine.Pack, decision: Decision) -> None:
    assert decision.indicator("健康", 1).status == "not met"
    assert decision.indicator("safe").entity == "household"
    area = pack.decide_area({"dry": False}, on=ON)
    assert (area.indicator("有水").entity, area.indicator("wet", "area").status) == ("area", "met")
    assert said(lambda: area.indicator("safe")) == "`benefit`: `safe` isn't the area's: use decide [bad-argument]"
    assert said(lambda: decision.indicator("wet")) == ("`benefit`: `wet` is the area's: use decide_area [bad-argument]")


def said(call: Callable[[], Any], lang: Any = "en") -> str:
    with pytest.raises(PolicyError) as raised:
        call()
    return raised.value.render(lang)


HINT = "a benefit or indicator by its id or label, or a member's id, `household` or `area`"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("cere", 1), "nothing is called `cere` here [unknown-result]\nhint: did you mean `care`?"),
        (("医疗就助", 1), "nothing is called `医疗就助` here [unknown-result]\nhint: did you mean `医疗救助`?"),
        (("well", 1), f"nothing is called `well` here [unknown-result]\nhint: {HINT}"),
        (("care", "张四"), "nothing is called `张四` here [unknown-result]\nhint: did you mean `张三`?"),
        (("care", True), f"nothing is called `True` here [unknown-result]\nhint: {HINT}"),
        (("care", 7), f"nothing is called `7` here [unknown-result]\nhint: {HINT}"),
        (("care", ""), f"nothing is called `` here [unknown-result]\nhint: {HINT}"),
        (("care",), "`benefit`: `care` is each member's: name one (1, 0, c) [bad-argument]"),
        (("care", "household"), "`benefit`: `care` is each member's: name one (1, 0, c) [bad-argument]"),
        (("heat", "c"), "`benefit`: `heat` is the household's: leave the member out [bad-argument]"),
        (("care", "李四"), "`李四` stands for several things: `0`, `c` [ambiguous-name]\nhint: use the id"),
        (
            ("heating aid",),
            "`heating aid` stands for several things: `heat`, `heat2` [ambiguous-name]\nhint: use the id",
        ),
    ],
)
def test_what_no_entitlement_is_called_is_told_to_the_letter(decision: Decision, asked: Any, message: str) -> None:
    assert said(lambda: decision.entitlement(*asked)) == message


@pytest.mark.parametrize(
    ("narrowed", "zh"),
    [
        (
            {"benefit": "x"},
            "这里没有 `x` [unknown-result]\n提示：应为待遇或指标的标识或名称，或成员的 id、household、area",
        ),
        ({"benefit": "医疗就助"}, "这里没有 `医疗就助` [unknown-result]\n提示：是否想写 `医疗救助`？"),
        ({"member": "张四"}, "这里没有 `张四` [unknown-result]\n提示：是否想写 `张三`？"),
        (
            {"member": "area"},
            "这里没有 `area` [unknown-result]\n提示：应为待遇或指标的标识或名称，或成员的 id、household、area",
        ),
        ({"benefit": "heat", "member": "c"}, "`benefit`：`heat` 属于家庭，不要写成员 [bad-argument]"),
        (
            {"benefit": "care", "member": "household"},
            "`benefit`：`care` 属于各成员：请指明一个（1、0、c） [bad-argument]",
        ),
        ({"benefit": "有水"}, "`benefit`：`wet` 属于地区：用 decide_area [bad-argument]"),
    ],
)
def test_an_explanation_narrowed_to_nothing_is_refused(decision: Decision, narrowed: Any, zh: str) -> None:
    assert said(lambda: decision.explain("zh", **narrowed), "zh") == zh


def test_an_explanation_takes_labels_names_and_numbers(decision: Decision) -> None:
    by_id = str(decision.explain("zh", benefit="care", member="1"))
    assert "医疗救助" in by_id
    assert str(decision.explain("zh", benefit="医疗救助", member=1)) == by_id
    assert str(decision.explain("zh", benefit="medical aid", member="张三")) == by_id
    assert "取暖补贴" in str(decision.explain("zh", benefit="heating aid"))
    assert str(decision.explain("zh", benefit="well", member="李四")).count("健康") == 2


def test_a_language_that_there_is_none_of_is_refused_everywhere(decision: Decision) -> None:
    message = "`lang`: `cn` is no language here; choose zh or en [bad-argument]"
    other: Any = "cn"
    assert said(lambda: decision.explain(other)) == message
    assert said(lambda: compare_regions({"members": [{"id": "a"}]}, on=ON, packs="zibo").text(other)) == message
    assert said(lambda: compare("zibo", "zibo", on=ON, prove=False).text(other)) == message
    assert said(lambda: decide_table(load("zibo"), [], on=ON, labels=other)) == message


def test_one_name_needs_no_list(tmp_path: Path) -> None:
    one = load("zibo", reforms="ratio_80", supplements="zibo_2016_160")
    assert (one.reforms, one.supplements) == (("ratio_80",), ("zibo_2016_160",))
    assert one.digest == load("zibo", reforms=["ratio_80"], supplements=["zibo_2016_160"]).digest
    file = tmp_path / "mine.yaml"
    file.write_text((policyengine.shipped_packs()["zibo"] / "reforms" / "ratio_80.yaml").read_text("utf-8"), "utf-8")
    assert load("zibo", reforms=file).digest == load("zibo", reforms="ratio_80").digest
    households = [{"id": 1, "note": "x", "members": [{"id": "a", "低保对象": True}]}]
    decided = decide_table(load("zibo"), households, on=ON, benefits="medical_assistance", skip="note")
    assert [name for name in decided.persons.column_names if "pension" in name] == []
    assert decided.rejected == ()
    assert [item.id for item in compare_regions(households[0], on=ON, packs="zibo").regions] == ["zibo"]


def test_one_member_of_a_case_needs_no_list() -> None:
    pytest.importorskip("durable", reason="needs the extra `forward`")
    for members in ("ab", ["ab"], {"id": "ab"}):
        with load("zibo").open_case(on=ON, members=members) as case:
            assert case.members == ("ab",)


def test_a_record_may_be_named_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = load("zibo").decide({"members": [{"id": "a"}]}, on=ON).record()
    monkeypatch.chdir(tmp_path)
    Path("h1.record").write_bytes(record)
    for given in ("h1.record", Path("h1.record"), record, record.decode()):
        assert replay(given).matches
    assert said(lambda: replay("h2.record")).startswith("this isn't a decision record: neither JSON nor a file")
    assert "neither JSON nor a file" in said(lambda: replay("x" * 100_000))
    assert "not JSON" in said(lambda: replay("a\0b"))
