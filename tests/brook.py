"""An invented pack of two benefits, small enough that a solver settles each in a moment; and changed copies of it."""

from __future__ import annotations

from pathlib import Path

from minipack import write_files

SECTIONS = {
    "facts": """
income: {for: household, type: number, unit: yuan/year, range: [0元, 100万元], label: {zh: 年收入, en: income}}
pupil: {for: person, type: condition, label: {zh: 学生, en: pupil}}
cost: {for: person, type: number, unit: yuan/year, range: [0元, 100万元], label: {zh: 学费, en: cost}}
""",
    "parameters": """
limit:
  label: {zh: 收入线, en: income line}
  unit: yuan/year
  provision: A-1
  values: {2017-01-01: 1万元}
share: {label: {zh: 补助比例, en: share}, unit: ratio, provision: A-2, values: {2017-01-01: 50%}}
top: {label: {zh: 封顶线, en: ceiling}, unit: yuan/person/year, provision: A-2, values: {2017-01-01: at least 3000元}}
gift: {label: {zh: 慰问金, en: gift}, unit: yuan/month, provision: A-3, values: {2017-01-01: 200元}}
""",
    "variables": """
poor: {for: household, label: {zh: 困难家庭, en: poor}, formula: income < limit, provision: A-1}
aided: {for: person, label: {zh: 可资助, en: aided}, formula: poor and pupil, provision: A-1}
""",
    "benefits": """
benefit: aid
label: {zh: 学费补助, en: school aid}
for: person
kind: reimbursement
period: year
payer: {zh: 教育局, en: school board}
provision: A-2
eligible: aided and cost > 0元
amount: min(share × cost, top)
---
benefit: gift_for_poor
label: {zh: 困难慰问, en: gift for the poor}
for: household
kind: cash
period: month
provision: A-3
eligible: poor
amount: gift
""",
    "indicators": """
enough: {for: household, label: {zh: 收入够用, en: enough income}, provision: A-1, met: not poor}
""",
    "provisions": """
A-1: {place: 一, says: 收入线一万元, class: eligibility, figures: [1万元]}
A-2: {place: 二, says: 补助一半, class: benefit}
A-3: {place: 三, says: 慰问, class: benefit}
""",
}
PACK = "pack: brook\nlabel: {zh: 溪口, en: Brook}\nterm: {from: 2017-01-01, to: 2020-12-31}\n"


def written(folder: Path, changes: dict[str, tuple[str, str]]) -> Path:
    """The pack with some texts replaced: section -> (before, after)."""
    sections = dict(SECTIONS)
    for section, (before, after) in changes.items():
        assert before in sections[section]
        sections[section] = sections[section].replace(before, after)
    return write_files(folder, sections, {"pack.yaml": PACK})
