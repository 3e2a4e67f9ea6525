"""The skeleton of a new region's pack: small, complete, and passing `check` and `test` as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from policyengine.authoring.json_schema import schemas
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Text

_FILES = {
    "pack.yaml": """\
# yaml-language-server: $schema=.schema/pack.json
pack: {region}
label: {{zh: 新地区, en: new region}}
term: {{from: 2018-01-01, to: 2020-12-31, provision: X-001}}
document:
  title: 文件标题
""",
    "provisions.yaml": """\
# yaml-language-server: $schema=.schema/provisions.json
# Every clause of the document, in our own words. `passage` (at, length, sha256) lets `check --sources` prove it.
X-001:
  place: 引言
  class: background
  says: {{zh: 计划的期限, en: the term of the plan}}
X-002:
  place: 第一章一
  class: benefit
  says: {{zh: 困难家庭的学生每人每年补助1000元, en: a student of a household in hardship gets 1000 yuan a year}}
  figures: [1000元]
""",
    "facts.yaml": """\
# yaml-language-server: $schema=.schema/facts.json
in_hardship:
  for: household
  type: condition
  label: {{zh: 困难家庭, en: household in hardship}}
  definition: {{zh: 经民政部门认定, en: so recognised by civil affairs}}
is_student:
  for: person
  type: condition
  label: {{zh: 在校学生, en: student}}
""",
    "parameters/grants.yaml": """\
# yaml-language-server: $schema=../.schema/parameters.json
student_grant_rate:
  label: {{zh: 学生补助标准, en: rate of the student grant}}
  unit: yuan/person/year
  provision: X-002
  values: {{2018-01-01: 1000元}}
""",
    "benefits/student_grant.yaml": """\
# yaml-language-server: $schema=../.schema/benefit.json
benefit: student_grant
label: {{zh: 学生补助, en: student grant}}
for: person
kind: cash
period: year
provisions: [X-002]
eligible: 困难家庭 and 在校学生
amount: 学生补助标准
""",
    "scenarios/student_grant.yaml": """\
# yaml-language-server: $schema=../.schema/scenarios.json
scenarios:
  - name: {{zh: 困难家庭的学生, en: a student of a household in hardship}}
    on: 2018-06-01
    household:
      困难家庭: 是
      members:
        - {{id: a, 在校学生: 是}}
        - {{id: b, 在校学生: 否}}
        - {{id: c}}
    expect:
      a: {{student_grant: 1000元}}
      b: {{student_grant: ineligible}}
      c: {{student_grant: undetermined}}
      missing: [is_student]
""",
}


_MODELINE = re.compile(rb"\A(# yaml-language-server: \$schema=)[./]*\.?schema/(\w+\.json)")


def _new_folder(region: str, parent: Path) -> Path:
    """Where a new pack goes. Raises PolicyError if the id won't do or the folder is already there."""
    if not (region.isascii() and region.isidentifier() and region == region.lower()):
        raise PolicyError([diagnostic("bad-id", id=region)])
    folder = parent / region
    if folder.exists():
        raise PolicyError([diagnostic("bad-argument", name=str(folder), reason=Text("已存在", "it exists already"))])
    return folder


def write_copy(source: Path, region: str, parent: Path) -> list[Path]:
    """Copy a pack's files, under a new id if `region` is one; refuses a folder that is already there.

    What it takes over from other packs (`uses`) stays with those. Returns what was written.
    """
    folder = _new_folder(region, parent)
    written = []
    try:
        for name in sorted(each.relative_to(source) for each in source.rglob("*") if each.is_file()):
            if any(part.startswith(".") for part in name.parts):
                continue
            path, content = folder / name, (source / name).read_bytes()
            if name == Path("pack.yaml"):
                content = re.sub(rb"(?m)^pack:[^#\r\n]*", f"pack: {region}".encode(), content, count=1)
            up = b"../" * (len(name.parts) - 1)
            content = _MODELINE.sub(rb"\g<1>" + up + rb".schema/\g<2>", content, count=1)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append(path)
        _write_schemas(folder)
    except OSError as error:
        raise PolicyError([diagnostic("unwritable-file", path=str(folder), reason=error.strerror or "")]) from None
    return written


def write_skeleton(region: str, parent: Path) -> list[Path]:
    """Write the files of a new pack; refuses a folder that is already there. Returns what was written."""
    folder = _new_folder(region, parent)
    written = []
    try:
        for name, content in _FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.format(region=region), encoding="utf-8")
            written.append(path)
        _write_schemas(folder)
    except OSError as error:
        raise PolicyError([diagnostic("unwritable-file", path=str(folder), reason=error.strerror or "")]) from None
    return written


def _write_schemas(folder: Path) -> None:
    """What the first lines of the files lead an editor to."""
    for kind, schema in schemas().items():
        path = folder / ".schema" / f"{kind}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
