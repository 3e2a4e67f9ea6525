"""Scenarios: in Chinese or English, compared with what a pack decides, and a failing one says why, and only that."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner

from minipack import load
from policyengine import Pack
from policyengine.cli import app
from policyengine.errors import PolicyError
from policyengine.testing.report import Tally, tell_outcome
from policyengine.testing.scenarios import run_scenarios

FACTS = """
    income: {for: household, type: number, unit: yuan/year, label: {zh: 家庭年收入, en: yearly income}}
    poor: {for: person, type: condition, label: {zh: 贫困人口, en: poor person}}
    bill: {for: person, type: number, unit: yuan/person, label: {zh: 医疗费, en: bill}}
"""
PARAMETERS = """
    line: {label: {zh: 收入线, en: income line}, unit: yuan/year, values: 10000元}
    ratio: {label: {zh: 补助比例, en: ratio}, unit: ratio, values: 50%}
    ceiling: {label: {zh: 封顶线, en: ceiling}, unit: yuan/person, values: at least 3000元}
"""
READINGS = """
    at_the_line:
      label: {zh: 恰在线上的归属, en: where the line itself belongs}
      options: {within: {zh: 线内, en: within}, outside: {zh: 线外, en: outside}}
      default: outside
      why: {zh: 试验, en: a trial}
"""
BENEFITS = """
    benefit: aid
    label: {zh: 医疗补助, en: medical aid}
    for: person
    kind: cash
    eligible: >-
      贫困人口 and (家庭年收入 < 收入线 or 家庭年收入 <= 收入线 and at_the_line == within)
    amount: min(补助比例 × 医疗费, 封顶线)
"""
INDICATORS = """
    above_line:
      for: household
      label: {zh: 收入达线, en: income reaches the line}
      measure: 家庭年收入
      must: ">="
      target: 收入线
"""


def pack(folder: Path, scenarios: str) -> Pack:
    files = {"scenarios/aid.yaml": dedent(scenarios)}
    return load(
        folder, files, facts=FACTS, parameters=PARAMETERS, readings=READINGS, benefits=BENEFITS, indicators=INDICATORS
    )


def told(folder: Path, scenarios: str, lang: str) -> str:
    """What is told of a single scenario, with its file named as if the pack stood here."""
    (outcome,) = run_scenarios(pack(folder, scenarios))
    assert outcome.failures or outcome.errors
    return tell_outcome(outcome, "zh" if lang == "zh" else "en").replace(f"{folder}/", "")


def test_a_scenario_can_be_written_in_chinese_from_the_first_key_to_the_last(tmp_path: Path) -> None:
    (outcome,) = run_scenarios(
        pack(
            tmp_path,
            """
            情景:
              - 名称: 恰在线上
                日期: 2018-06-01
                口径: {恰在线上的归属: 线内}
                参数: {封顶线: 4000元}
                待确认: 否
                家庭:
                  家庭年收入: 1万元
                  成员:
                    - {编号: a, 姓名: 张三, 贫困人口: 是, 医疗费: 5000元}
                    - {编号: b, 贫困人口: 否}
                    - {编号: c, 贫困人口: 是}
                期望:
                  a: {医疗补助: {结果: 符合, 金额: 2500元, 解释: [张三 是贫困人口]}}
                  b: {医疗补助: 不符合}
                  c: {医疗补助: {金额: 介于 0元 和 4000元, 还缺: 医疗费}}
                  全户: {收入达线: {结果: 达到, 差距: 0元, 实际: 1万元}}
                  还缺: [bill]
                  不缺: [收入线]
                说明: 全用中文
            """,
        )
    )
    assert outcome.passed, tell_outcome(outcome, "zh")
    assert outcome.checks == 6


def test_a_key_in_both_languages_is_told_with_both_places(tmp_path: Path) -> None:
    text = """
        scenarios:
          - name: 一
            名称: 又一
            on: 2018-06-01
            expect: {}
        """
    with pytest.raises(PolicyError) as caught:
        list(run_scenarios(pack(tmp_path, text)))
    (found,) = caught.value.diagnostics
    assert found.code == "duplicate-key"
    assert found.render("zh").replace(f"{tmp_path}/", "") == (
        "scenarios/aid.yaml:4:5: `名称` 在这里出现了两次 [duplicate-key]\n   4 |     名称: 又一\n     |     ^^^^\n"
        f"提示：第一次在 {tmp_path}/scenarios/aid.yaml:3:5"
    ).replace(f"{tmp_path}/", "")


def test_a_member_may_be_called_as_a_chinese_key_is(tmp_path: Path) -> None:
    (outcome,) = run_scenarios(
        pack(
            tmp_path,
            """
            scenarios:
              - name: 一
                on: 2018-06-01
                household: {members: [{id: 还缺, poor: no}]}
                expect: {还缺: {aid: ineligible}}
            """,
        )
    )
    assert outcome.passed, tell_outcome(outcome, "zh")


REFUSED = """
    scenarios:
      - name: {zh: 收入恰在线上, en: income at the line}
        on: 2018-06-01
        household:
          income: 10000元
          members: [{id: a, name: 张三, poor: yes, bill: 5000元}, {id: b, poor: yes}]
        expect:
          a: {aid: 2500元}
    """


def test_a_wrong_status_is_explained_by_what_decided_it_and_a_reading_that_would_give_it(tmp_path: Path) -> None:
    assert told(tmp_path, REFUSED, "zh") == dedent("""\
        scenarios/aid.yaml:3:16: 收入恰在线上
          scenarios/aid.yaml:9:16: 张三（a） 医疗补助：应为 符合，得到 不符合
             9 |       a: {aid: 2500元}
               |                ^^^^^^
              按“恰在线上的归属”的读法：线外
              ✗ 家庭年收入 为 10,000.00 元/年；须小于 收入线 10,000.00 元/年
          提示：换一种读法就是所期望的：恰在线上的归属 = 线内（at_the_line: within）""")
    assert told(tmp_path, REFUSED, "en") == dedent("""\
        scenarios/aid.yaml:3:16: income at the line
          scenarios/aid.yaml:9:16: 张三 (a) medical aid: expected eligible, got ineligible
             9 |       a: {aid: 2500元}
               |                ^^^^^^
              under the reading “where the line itself belongs: outside”
              ✗ yearly income is 10,000.00 yuan/year; must be below income line 10,000.00 yuan/year
          hint: as expected under another reading: where the line itself belongs = within (at_the_line: within)""")


def test_a_wrong_amount_is_explained_by_its_calculation_alone(tmp_path: Path) -> None:
    text = """
        scenarios:
          - name: 一
            on: 2018-06-01
            household: {income: 5000元, members: [{id: a, poor: yes, bill: 5000元}]}
            expect: {a: {aid: {status: eligible, amount: 2400元}}}
        """
    assert told(tmp_path, text, "zh") == dedent("""\
        scenarios/aid.yaml:3:11: 一
          scenarios/aid.yaml:6:50: a 医疗补助：应为 2,400.00 元，得到 2,500.00 元
             6 |     expect: {a: {aid: {status: eligible, amount: 2400元}}}
               |                                                  ^^^^^^
              补助比例 50% × 医疗费 5,000.00 元 = 2,500.00 元
              低于 封顶线 3,000.00 元（文件写“不低于”，地方可更高）""")


def test_bounds_are_shown_as_bounds(tmp_path: Path) -> None:
    text = """
        scenarios:
          - name: 一
            on: 2018-06-01
            household: {income: 5000元, members: [{id: a, poor: yes, bill: 9000元}]}
            expect: {a: {aid: 3000元}}
        """
    first = told(tmp_path, text, "en").splitlines()[1]
    assert first.endswith("a medical aid: expected 3,000.00 yuan, got between 3,000.00 yuan and 4,500.00 yuan")


def test_an_open_result_is_explained_by_what_is_open_and_what_is_needed(tmp_path: Path) -> None:
    text = """
        scenarios:
          - name: 一
            on: 2018-06-01
            household: {income: 5000元, members: [{id: a, bill: 5000元}]}
            expect: {a: {aid: eligible}}
        """
    assert told(tmp_path, text, "zh") == dedent("""\
        scenarios/aid.yaml:3:11: 一
          scenarios/aid.yaml:6:23: a 医疗补助：应为 符合，得到 待定
             6 |     expect: {a: {aid: eligible}}
               |                       ^^^^^^^^
              ? a 是否贫困人口：不知道
              还要知道：是否贫困人口""")


def test_an_entitlement_that_should_be_refused_is_explained_by_its_conditions_without_the_amount(
    tmp_path: Path,
) -> None:
    text = """
        scenarios:
          - name: 一
            on: 2018-06-01
            household: {income: 5000元, members: [{id: a, poor: yes, bill: 5000元}]}
            expect: {a: {aid: ineligible}}
        """
    assert told(tmp_path, text, "zh").splitlines()[4:] == [
        "      因为 a 是贫困人口",
        "      因为 家庭年收入 5,000.00 元/年 小于 收入线 10,000.00 元/年",
    ]


def test_a_missed_indicator_is_explained(tmp_path: Path) -> None:
    text = """
        scenarios:
          - name: 一
            on: 2018-06-01
            household: {income: 9000元, members: [{id: a}]}
            expect: {household: {above_line: met}}
        """
    assert told(tmp_path, text, "en") == dedent("""\
        scenarios/aid.yaml:3:11: 一
          scenarios/aid.yaml:6:38: household income reaches the line: expected met, got not met
             6 |     expect: {household: {above_line: met}}
               |                                      ^^^
              ✗ yearly income is 9,000.00 yuan/year; must be at least income line 10,000.00 yuan/year""")


def test_lists_say_what_there_is_instead(tmp_path: Path) -> None:
    text = """
        scenarios:
          - name: 一
            on: 2018-06-01
            household: {income: 5000元, members: [{id: a, name: 张三, bill: 5000元}]}
            expect:
              a: {aid: undetermined}
              missing: [income]
              not missing: [poor]
              explains: [不知道是否贫困]
              assumes: [at_the_line]
        """
    assert told(tmp_path, text, "zh") == dedent("""\
        scenarios/aid.yaml:3:11: 一
          scenarios/aid.yaml:8:17: 还缺：应为 income，得到 贫困人口（poor）
             8 |       missing: [income]
               |                 ^^^^^^
          scenarios/aid.yaml:9:21: 不缺：应为 poor，得到 还缺它
             9 |       not missing: [poor]
               |                     ^^^^
              张三（a） 医疗补助在等它
          scenarios/aid.yaml:10:18: 解释：应为 “不知道是否贫困”，得到 解释里没有
            10 |       explains: [不知道是否贫困]
               |                  ^^^^^^^^^^^^^^
          提示：最接近的一句：? 张三 是否贫困人口：不知道
          scenarios/aid.yaml:11:17: 采用的读法：应为 at_the_line，得到 无
            11 |       assumes: [at_the_line]
               |                 ^^^^^^^^^^^""")


def test_an_unknown_entity_gets_a_guess(tmp_path: Path) -> None:
    text = """
        scenarios:
          - name: 一
            on: 2018-06-01
            household: {members: [{id: father}]}
            expect: {fahter: {aid: eligible}}
        """
    lines = told(tmp_path, text, "en").splitlines()
    assert lines[1].endswith("nothing is called `fahter` here [unknown-result]")
    assert lines[-1] == "  hint: did you mean `father`?"


def test_generated_scenarios_are_counted_apart_as_unconfirmed(tmp_path: Path) -> None:
    text = """
        scenarios:
          - {name: 一, on: 2018-06-01, to_confirm: true, household: {members: [{id: a, poor: no}]}, expect: {a: {aid: ineligible}}}
          - {name: 二, on: 2018-06-01, household: {members: [{id: a, poor: no}]}, expect: {a: {aid: ineligible}}}
          - {name: 三, on: 2018-06-01, to_confirm: true, household: {members: [{id: a, poor: no}]}, expect: {a: {aid: eligible}}}
        """
    tally, last = Tally(), ""
    for outcome in run_scenarios(pack(tmp_path, text)):
        tally.add(outcome)
        last = tell_outcome(outcome, "zh")
    assert last.splitlines()[0].endswith("aid.yaml:5:12: 三（待确认）")
    assert tally.tell("zh").replace(f"{tmp_path}/", "") == (
        "3 个情景，3 项期望：2 通过，1 失败\n其中 2 个待确认：期望由程序生成，还没有人核对\n  scenarios/aid.yaml: 2"
    )
    assert tally.tell("en").replace(f"{tmp_path}/", "") == (
        "3 scenarios, 3 expectations: 2 passed, 1 failed\n"
        "2 of them to be confirmed: their expectations were generated, nobody has checked them yet\n  scenarios/aid.yaml: 2"
    )


def test_only_some_scenarios_can_be_run(tmp_path: Path) -> None:
    pack(tmp_path, REFUSED)
    run = CliRunner().invoke
    assert "income at the line" in run(app, ["test", str(tmp_path), "--only", "at the line", "--lang", "en"]).output
    nothing = run(app, ["test", str(tmp_path), "--only", "above", "--lang", "en"])
    assert nothing.exit_code == 2
    assert "`--only`: no scenario has “above” in its name or file [bad-argument]" in nothing.output
