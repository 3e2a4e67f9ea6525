"""The pages are true: every example in them is run, every link in them leads somewhere.

A page is read from top to bottom in an empty folder that has the repository's `examples` in it. Fenced blocks:

    ```yaml PATH        (or csv …) is written to that file
    ```yaml             that begins with `# PATH` is quoted from that file of the repository; without it only a fragment
    ```diff PATH        changes that file; with the word `once` only until the next console block has run
    ```console          each `$ command` is run in a shell, and what it prints must be what stands below it
    ```python           is run, all blocks of a page in one namespace; a ```text block after it is what it prints

A line `…` stands for any number of lines, `…` inside a line for any words.
`python tests/test_docs.py [PAGE …]` writes what is printed now into the pages, except where a `…` has shortened it.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUN = (
    "README.md",
    "docs/tutorial.md",
    "docs/quickstart.md",
    "docs/cases.md",
    "docs/limits.md",
    "docs/population.md",
    "docs/areas.md",
    "docs/regions.md",
    "docs/comparison.md",
    "docs/verification.md",
    "docs/testing.md",
    "docs/mutation.md",
    "docs/changing.md",
)
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
FENCE = re.compile(r"^```(\w+)[ ]?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


@dataclass
class Printed:
    """What stands in a page (at `start` of its text) and what is printed when it is run."""

    start: int
    expected: str
    got: str

    @property
    def agrees(self) -> bool:
        """Is it the same but for what a `…` leaves out?"""
        pattern = "".join(
            r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r"\n"
            for line in tidy(self.expected).splitlines()
        )
        return re.fullmatch(pattern, tidy(self.got)) is not None


def tidy(text: str) -> str:
    """Without white space at the ends of lines, which editors remove."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def run_page(text: str, folder: Path) -> Iterator[Printed]:
    """Run a page's blocks one after the other in a folder."""
    (folder / "examples").symlink_to(ROOT / "examples")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment |= {"LANG": "C.UTF-8", "PATH": path, "COLUMNS": "100"}
    namespace: dict[str, object] = {"__name__": "__main__"}
    undo: list[tuple[Path, str]] = []
    said: str | None = None  # what the last Python block printed
    for block in FENCE.finditer(text):
        language, (path, *flags), body = block[1], block[2].split() or [""], block[3]
        file = folder / path
        if language == "diff":
            before = file.read_text(encoding="utf-8")
            lines = body.splitlines(keepends=True)
            old, new = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
            assert before.count(old) == 1, f"{path} has this {before.count(old)} times:\n{old}"
            file.write_text(before.replace(old, new), encoding="utf-8")
            undo += [(file, before)] if "once" in flags else []
        elif quoted := re.match(r"# (\S+)\n", body) if language == "yaml" and not path else None:
            assert body[quoted.end() :] in (ROOT / quoted[1]).read_text(encoding="utf-8"), f"{quoted[1]} says otherwise"
        elif path:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(body, encoding="utf-8")
        elif language == "console":
            yield from run_console(body, block.start(3), folder, environment)
            while undo:
                changed, before = undo.pop()
                changed.write_text(before, encoding="utf-8")
        elif language == "python":
            out = io.StringIO()
            above = "\n" * text.count("\n", 0, block.start(3))  # a traceback names the line of the page
            code = compile(above + body, "the page", "exec", dont_inherit=True)
            with contextlib.chdir(folder), contextlib.redirect_stdout(out), patch.dict(os.environ, environment):
                exec(code, namespace)
            said = out.getvalue()
        elif language == "text" and said is not None:
            yield Printed(block.start(3), body, said)
            said = None


def run_console(body: str, start: int, folder: Path, environment: dict[str, str]) -> Iterator[Printed]:
    """Run the commands of a console block; `export` holds for the rest of the page."""
    status = 0
    for part in re.finditer(r"^\$ (.*\n(?:(?<=\\\n).*\n)*)((?:(?!\$ ).*\n)*)", body, re.MULTILINE):
        command = part[1].strip()
        if export := re.fullmatch(r"export (\w+)=(\S+)", command):
            environment[export[1]] = export[2]
            continue
        if command == "make demo":
            command = demo_command()
        done = subprocess.run(
            ["bash", "-c", f"(exit {status}); {command}"], cwd=folder, env=environment, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        status = done.returncode
        yield Printed(start + part.start(2), part[2], done.stdout)


def demo_command() -> str:
    """What `make demo` runs once everything is set up."""
    recipe = re.search(r"^demo:.*\n\t@\$\(BIN\)/(.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe is not None
    return recipe[1]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands in the pages are run in bash, which isn't here")
@pytest.mark.parametrize("page", RUN)
def test_examples_print_what_the_page_says(page: str, tmp_path: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    wrong = []
    for item in run_page(text, tmp_path):
        if not item.agrees:
            here = f"{page}:{text.count(chr(10), 0, item.start) + 1}"
            texts = item.expected.splitlines(), item.got.splitlines()
            wrong += difflib.unified_diff(*texts, here, "printed", lineterm="")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(target)
    assert not broken


def anchors(text: str) -> set[str]:
    """What GitHub calls the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_lists_every_command() -> None:
    from policyengine.cli import app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {name for name in names if f"| `{name}" not in readme} == set()


def write_what_is_printed() -> None:
    for page in sys.argv[1:] or RUN:
        text = (ROOT / page).read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            wrong = [item for item in run_page(text, Path(folder)) if not item.agrees]
        for item in reversed(wrong):
            if "…" in item.expected and "…" not in item.got:
                print(f"{page}:{text.count(chr(10), 0, item.start) + 1}: shortened by hand; prints\n{item.got}")
            else:
                text = text[: item.start] + tidy(item.got) + text[item.start + len(item.expected) :]
        (ROOT / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_what_is_printed()
