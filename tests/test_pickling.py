"""A decision that was sent to another process is the same decision there."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from copy import copy, deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from multiprocessing import get_context
from typing import Any

import pytest

from policyengine import Decision, load
from policyengine.authoring.reader import read_text
from policyengine.interpreters.household import Evaluator

ON = "2018-06-01"
MEMBER: dict[str, Any] = {"id": "a", "name": "张三", "低保对象": True, "目录内医疗费用": 40000}
GIVEN: list[dict[str, Any]] = [
    {"members": [{"id": "a"}]},
    {"household": "张家", "家庭年收入": Decimal("1200.50"), "members": [MEMBER, {"id": 2, "name": "because 李"}]},
    {"家庭年收入": 0.1, "members": [{**MEMBER, "基本医保报销额": "between 1000元 and 2.6万元", "年龄": "不知道"}]},
]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"parameters": {"农村低保标准": Decimal(4200)}},
    {"readings": {"still_in_difficulty_means": "open"}, "on": date(2022, 6, 1), "beyond_term": True},
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("given", GIVEN)
def test_what_comes_back_says_the_same(given: dict[str, Any], settings: dict[str, Any]) -> None:
    decision = load("zibo", reforms="ratio_80").decide(given, **{"on": ON, **settings})
    require_same(pickle.loads(pickle.dumps(decision)), decision)


def require_same(sent: Decision, decision: Decision) -> None:
    assert sent.record() == decision.record()
    for lang in ("zh", "en"):
        assert str(sent.explain(lang)) == str(decision.explain(lang))  # type: ignore[arg-type]
    assert sent.explain("zh").to_json() == decision.explain("zh").to_json()
    assert sent.missing == decision.missing


def test_an_area_and_a_household_from_a_file_come_back_too() -> None:
    pack = load("zibo")
    area = pack.decide_area({"行政村数": 60, "有卫生服务的村数": 59}, on="2018-12-31")
    require_same(pickle.loads(pickle.dumps(area)), area)
    written = read_text("户名: 李家\n成员: [{编号: a, 低保对象: 是}]\n", "h.yaml")[0]
    decision = pack.decide(written, on=ON)
    require_same(pickle.loads(pickle.dumps(decision)), decision)
    for other in (copy(decision), deepcopy(decision)):
        require_same(other, decision)


def test_decisions_that_are_sent_together_share_their_pack() -> None:
    pack = load("zibo")
    decisions = [pack.decide({"members": [{**MEMBER, "目录内医疗费用": n}]}, on=ON) for n in range(50)]
    one = len(pickle.dumps(decisions[:1]))
    assert len(pickle.dumps(decisions)) < 1.2 * one
    sent = pickle.loads(pickle.dumps(decisions))
    assert len({id(item._evaluator) for item in sent}) == 1
    assert pickle.loads(pickle.dumps(decisions[0]))._evaluator is sent[0]._evaluator  # compiled once


def decided(bill: int) -> Decision:
    return load("zibo").decide({"members": [{**MEMBER, "目录内医疗费用": bill}]}, on=ON)


def test_a_worker_process_returns_its_decision() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        require_same(pool.submit(decided, 20000).result(timeout=60), decided(20000))


def test_a_decision_of_a_changed_program_says_that_it_cannot_be_sent() -> None:
    decision = decided(20000)
    other = Decision(
        Evaluator(replace(decision.program)), decision._household, {}, {}, decision._scopes, decision.sources
    )
    with pytest.raises(TypeError, match="this decision can't be pickled: send its record"):
        pickle.dumps(other)
