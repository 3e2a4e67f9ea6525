"""A household may be written with Chinese keys wherever one is taken, as a scenario's may."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema
import pytest

from minipack import load as mini
from policyengine import PolicyError, compare_regions, load
from policyengine.analysis.cliffs import cliffs
from policyengine.authoring.json_schema import schemas
from policyengine.authoring.reader import read_text
from policyengine.cases.watching import watch

ON = "2018-06-01"
CHINESE = {
    "户名": "李家",
    "备注": "走访",
    "家庭年收入": 9000,
    "成员": [{"编号": "a", "姓名": "李", "备注": "户主", "低保对象": True}, {"编号": 2, "姓名": "王"}],
}
ENGLISH = {
    "household": "李家",
    "note": "走访",
    "家庭年收入": 9000,
    "members": [{"id": "a", "name": "李", "note": "户主", "低保对象": True}, {"id": 2, "name": "王"}],
}
AREA = """
    prices: {for: area, type: number, unit: yuan, label: 物价}
    poor: {for: household, type: condition, label: 困难}
    poor_homes: {for: area, type: number, unit: households, label: 困难户数, total: {of: households, where: poor}}
"""
INDICATORS = "cheap: {for: household, label: 便宜, met: prices < 5元 and poor}\n"


def document(household: Any) -> Any:
    return read_text(json.dumps(dict(household), ensure_ascii=False), "h.json")[0]


@pytest.mark.parametrize("as_given", [dict, MappingProxyType, document])
def test_chinese_keys_decide_as_english_ones(as_given: Callable[[Any], Mapping[str, Any]]) -> None:
    pack = load("zibo")
    assert pack.decide(as_given(CHINESE), on=ON).record() == pack.decide(as_given(ENGLISH), on=ON).record()


def test_one_row_may_be_chinese_and_another_english() -> None:
    pack = load("zibo")
    mixed = {**ENGLISH, "members": [ENGLISH["members"][0], CHINESE["成员"][1]]}  # type: ignore[index]
    assert pack.decide(mixed, on=ON).record() == pack.decide(ENGLISH, on=ON).record()


def test_the_area_of_a_household_may_be_called_so(tmp_path: Path) -> None:
    pack = mini(tmp_path, facts=AREA, indicators=INDICATORS)
    given = {"地区": {"物价": 3}, "困难": True, "成员": [{"编号": "a"}]}
    assert pack.decide(given, on=ON).indicators[0].status == "met"


def test_totals_read_chinese_keys_and_count_what_is_wrong_with_them(tmp_path: Path) -> None:
    pack = mini(tmp_path, facts=AREA, indicators=INDICATORS)
    right = {"地区": {}, "困难": True, "成员": [{"编号": "a"}]}
    clash = {"户名": "王家", "成员": [{"编号": "a"}], "members": [{"id": "a"}]}
    totals = pack.totals([right, clash, 5], on=ON, area={"物价": 3})  # type: ignore[list-item]
    assert totals.facts == {"poor_homes": "between 1 and 3"}
    assert [(item.household, item.error.diagnostics[0].code) for item in totals.problems] == [
        ("王家", "fact-twice"),
        ("#3", "household-shape"),
    ]


def test_regions_and_cliffs_take_chinese_keys() -> None:
    packs = ("zibo", "ziyang")
    assert str(compare_regions(CHINESE, on=ON, packs=packs)) == str(compare_regions(ENGLISH, on=ON, packs=packs))
    settings: dict[str, Any] = {"vary": "年龄", "member": "李", "from_": 55, "to": 65, "step": 5, "on": ON}
    assert cliffs("zibo", CHINESE, **settings).to_dict() == cliffs("zibo", ENGLISH, **settings).to_dict()


def test_cases_and_watch_lists_take_chinese_keys() -> None:
    pytest.importorskip("durable", reason="needs the extra `forward`")
    with load("zibo").open_case(on=ON, members=[{"编号": "a", "姓名": "李"}]) as case:
        assert case.names == {"a": "李"}
        saved = case.to_json()
        with pytest.raises(PolicyError, match="unknown fact `姓名`"):
            case.tell("姓名", "张", "a")
    new = {"all": {"备注": "走访", "成员": [{"编号": "a", "重点防治疾病患者": "是"}]}}
    assert watch({"one": saved}, new) == watch(
        {"one": saved}, {"all": {"members": [{"id": "a", "重点防治疾病患者": "是"}]}}
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"members": [{"id": "a"}], "成员": []}, "成员: `members` is given twice, under two names [fact-twice]"),
        (
            {"members": [{"id": "a"}, {"id": "b", "编号": "b"}]},
            "members[1].编号: `id` is given twice, under two names [fact-twice]",
        ),
    ],
)
def test_a_key_in_both_languages_is_refused(given: Any, message: str) -> None:
    for household in (given, document(given)):
        for take in (load("zibo").decide, compare_regions):
            with pytest.raises(PolicyError) as raised:
                take(household, on=ON)
            (found,) = raised.value.diagnostics
            assert f"{found.path}: {found.message('en')} [{found.code}]" == message


def test_a_misspelt_chinese_key_is_told_with_the_likeliest_meant() -> None:
    with pytest.raises(PolicyError) as raised:
        load("zibo").decide({"成员们": [{"编号": "a"}]}, on=ON)
    assert [item.help("zh") for item in raised.value.diagnostics] == ["是否想写 `成员`？", ""]


def test_a_fact_labelled_like_an_own_key_is_given_by_its_id(tmp_path: Path) -> None:
    pack = mini(
        tmp_path,
        facts="remark: {for: person, type: condition, label: 备注}\n",
        indicators="i: {for: person, label: 指标, met: remark}\n",
    )
    decision = pack.decide({"成员": [{"编号": "a", "备注": "老户", "remark": True}]}, on=ON)
    assert decision.indicators[0].status == "met"


def test_the_household_schema_takes_either_language() -> None:
    for household in (CHINESE, ENGLISH):
        jsonschema.validate(household, schemas()["household"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"成员": [{"姓名": "李"}]}, schemas()["household"])
