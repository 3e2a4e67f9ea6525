"""The ledger command: every clause is in exactly one state, with what encodes it, waits for it, or the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minipack import load
from policyengine.cli import app
from policyengine.ledger import STATES, ledger
from policyengine.packs import Pack
from policyengine.regions import regional_packs

PROVISIONS = """
A-1: {place: 一, class: eligibility, says: {zh: 收入低于标准的, en: income below the standard}}
A-2: {place: 二, class: benefit, says: {zh: 每年 100 元, en: 100 yuan a year}, figures: [100元]}
A-3: {place: 三, class: organisational, says: {zh: 各部门负责, en: offices are in charge}, not_encoded: {zh: 职责, en: a duty}}
A-4: {place: 四, class: background, says: {zh: 现状, en: how things stand}, not_encoded: {zh: 叙述, en: a record}}
A-5: {place: 五, class: benefit, says: {zh: 给予帮助, en: help is given}, not_encoded: {zh: 没有内容, en: says nothing}}
"""


def test_each_clause_has_its_state_what_encodes_it_and_what_it_waits_for(tmp_path: Path) -> None:
    pack = load(
        tmp_path,
        provisions=PROVISIONS,
        facts="income: {for: household, type: number, unit: yuan/year, label: {zh: 收入, en: income}}\n",
        parameters="""
            line: {label: {zh: 标准, en: line}, unit: yuan/year, provision: A-1, values: not stated,
                   needs: {zh: 民政局, en: civil affairs}}
            rate: {label: {zh: 金额, en: rate}, unit: yuan/year, provision: A-2, values: 100元}
        """,
        benefits="""
            benefit: aid
            label: aid
            for: household
            kind: cash
            period: year
            provision: A-1
            eligible: 收入 < 标准
            amount: 金额
        """,
    )
    found = {clause.id: clause for clause in ledger(pack).clauses}
    assert {key: clause.state for key, clause in found.items()} == {
        "A-1": "waiting",
        "A-2": "encoded",
        "A-3": "organisational",
        "A-4": "background",
        "A-5": "not encoded",
    }
    assert found["A-1"].encoded_by == ("line", "aid")
    assert [(figure.id, figure.needs and figure.needs.en) for figure in found["A-1"].waits_for] == [
        ("line", "civil affairs")
    ]
    assert found["A-5"].reason is not None
    assert found["A-5"].reason.en == "says nothing"


@pytest.mark.parametrize("pack", regional_packs(), ids=lambda pack: pack.id)
def test_every_clause_of_a_shipped_plan_is_encoded_or_has_a_reason(pack: Pack) -> None:
    found = ledger(pack)
    assert sum(found.counts.values()) == len(found.clauses) > 30
    for clause in found.clauses:
        assert bool(clause.encoded_by) != bool(clause.reason), clause.id


def test_the_command_counts_and_lists_every_document() -> None:
    result = CliRunner().invoke(app, ["ledger", "--lang", "en"])
    assert result.exit_code == 0
    for pack in regional_packs():
        assert pack.label.en in result.output
        assert all(f"  {key}  " in result.output for key in pack.policy.provisions)


def test_the_command_lists_one_state_and_refuses_an_unknown_one() -> None:
    listed = CliRunner().invoke(app, ["ledger", "zibo", "--state", "not encoded", "--lang", "en"]).output
    assert "ZB-044" not in listed
    wrong = CliRunner().invoke(app, ["ledger", "zibo", "--state", "lost", "--lang", "en"])
    assert wrong.exit_code == 2
    assert "not encoded" in wrong.output


def test_json_holds_the_same_counts() -> None:
    result = CliRunner().invoke(app, ["ledger", "zibo", "--json"])
    (content,) = json.loads(result.output)
    assert set(content["counts"]) == set(STATES)
    assert sum(content["counts"].values()) == len(content["clauses"])
