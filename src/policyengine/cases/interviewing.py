"""An interview: one question at a time, what each answer settles, and how many questions can still follow.

It talks through two functions, `ask` (a prompt to a line, None at the end of the input) and `say`; the command line
gives it a terminal or a pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policyengine.cases.case import Case
from policyengine.cases.conclusions import Conclusion
from policyengine.cases.questions import Question
from policyengine.errors import PolicyError
from policyengine.explaining.rendering import Explanation
from policyengine.text import Lang

Ask = Callable[[str], str | None]
Say = Callable[[str], None]

YES = ("y", "yes", "true", "是", "是的", "对", "有")
NO = ("n", "no", "false", "否", "不是", "不", "不对", "没有", "无")
DONT_KNOW = ("dk", "don't know", "dont know", "don’t know", "unknown", "不知道", "不清楚", "不详", "未知")
BACK = ("b", "back", "返回", "上一步", "退回")
WHY = ("w", "why", "why?", "why do you ask?", "为什么", "为什么？", "为什么问", "为什么问？", "为何")
HELP = ("h", "help", "?", "？", "帮助")
QUIT = ("q", "quit", "exit", "退出", "保存", "保存并退出")
LISTED = 6  # refusals with one reason that are named before the rest is counted


@dataclass
class Interview:
    """Ask until nothing that can be asked matters. run() returns False if it was broken off."""

    case: Case
    lang: Lang
    ask: Ask
    say: Say
    taken: int = 0  # steps that `back` can undo: those of this interview

    def run(self) -> bool:
        self.say(self.words(HELP_ZH, HELP_EN))
        question = self.case.next_question()
        left = self.case.questions_left()
        while question is not None:
            self.say("")
            line = self.ask(self.prompt(question, left))
            if line is None or line.strip().lower() in QUIT:
                return False
            if self.takes(question, line.strip()):
                question, left = self.case.next_question(), self.case.questions_left()
        return True

    def words(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    # asking

    def prompt(self, question: Question, left: int) -> str:
        count = self.words(f"（至多还有 {left} 问）", f"({left} question{'s' * (left != 1)} at most)")
        label = question.label[self.lang]
        if self.lang == "zh":
            asked = f"是否{label}" if question.kind == "condition" and "是否" not in label else label
            text = f"{count}{self.whose(question)}{asked}？"
        else:
            text = f"{count} {self.whose(question)}{label}?"
        lines = [text]
        if question.options:
            lines += [f"  {number}  {text[self.lang]}" for number, (_, text) in enumerate(question.options, 1)]
        return "\n".join(lines) + f"\n{self.form(question)}> "

    def whose(self, question: Question) -> str:
        if question.member is None:
            place = (
                self.words("本地区", "the area") if question.entity == "area" else self.words("本户", "the household")
            )
        else:
            place = self.case.names.get(question.member, question.member)
        return self.words(f"{place}：", f"{place}: ")

    def form(self, question: Question) -> str:
        """How the answer is written."""
        match question.kind:
            case "condition":
                return self.words("是/否", "yes/no")
            case "choice":
                return self.words("序号", "number")
            case "date":
                return self.words("年-月-日", "year-month-day")
            case "number":
                unit = "" if question.unit is None else question.unit[self.lang]
                return self.words(f"数值（{unit}）", f"figure ({unit})")

    # answers

    def takes(self, question: Question, line: str) -> bool:
        """Take one line; False where the same question is to be asked again."""
        word = line.lower()
        if word in HELP:
            self.say(self.words(HELP_ZH, HELP_EN))
            self.describe(question)
            return False
        if word in WHY:
            self.say(question.why[self.lang])
            self.describe(question)
            return False
        if word in BACK:
            if not self.taken:
                self.say(self.words("这是第一个问题。", "This is the first question."))
                return False
            self.case.undo()
            self.taken -= 1
            self.say(self.words("已退回一步。", "One step back."))
            return True
        if word in DONT_KNOW:
            self.case.dont_know(question.fact, question.member)
            self.taken += 1
            self.say(self.words("记下了，先不管它。", "Noted; it is left open."))
            return True
        value = self.value(question, line)
        if value is None:
            return False
        before = amounts(self.case, self.lang)
        try:
            found = self.case.tell(self.name(question), value, question.member)
        except PolicyError as error:
            for item in error.diagnostics:
                self.say("\n".join(filter(None, (item.message(self.lang), item.help(self.lang)))))
            return False
        self.taken += 1
        for text in (*settled(self.case, found, self.lang), *self.new_amounts(before)):
            self.say(text)
        return True

    def value(self, question: Question, line: str) -> str | bool | None:
        """An answer as a fact is told; None (and a message) where it can't be one."""
        if not line:
            self.say(self.words("请回答；不知道就写“不知道”。", "Please answer, or write “don't know”."))
            return None
        if question.kind == "condition":
            for words, value in ((YES, True), (NO, False)):
                if line.lower() in words:
                    return value
        if question.kind == "choice" and line.isdecimal():
            if 1 <= int(line) <= len(question.options):
                return question.options[int(line) - 1][0]
            self.say(self.words(f"请选 1 至 {len(question.options)}。", f"Choose 1 to {len(question.options)}."))
            return None
        return line

    def name(self, question: Question) -> str:
        """What messages call the fact: its label, where no other fact bears it."""
        label = question.label[self.lang]
        return label if self.case.fact_id(label, question.member) == question.fact else question.fact

    def describe(self, question: Question) -> None:
        if question.definition is not None:
            self.say(self.words("含义：", "meaning: ") + question.definition[self.lang])
        if question.range is not None:
            self.say(self.words("范围：", "range: ") + question.range[self.lang])
        if question.optional and question.kind != "condition":
            self.say(self.words("确实没有的，写“没有”。", "If there is none, write “none”."))

    def new_amounts(self, before: dict[tuple[str, str], str]) -> Iterable[str]:
        for key, text in amounts(self.case, self.lang).items():
            if before.get(key) != text:
                yield self.words(f"  = 金额确定：{text}", f"  = amount settled: {text}")


def amounts(case: Case, lang: Lang) -> dict[tuple[str, str], str]:
    """What is due, in words, of the benefits whose amount is exact."""
    decision = case.decision()
    explanation = Explanation(decision, lang, None, None)
    return {
        (
            item.benefit,
            item.entity,
        ): f"{explanation.entity_name(item.entity)} {item.label[lang]} {explanation.outcome(item)}"
        for item in decision.entitlements
        if item.status == "eligible" and type(item.value) is int
    }


def settled(case: Case, found: Iterable[Conclusion], lang: Lang) -> list[str]:
    """What has just been settled, with the reason: what is fulfilled one by one, refusals by their reason."""
    lines: list[str] = []
    refused: dict[str, list[str]] = {}
    for item in found:
        if not item.truth and item.part is not None:
            refused.setdefault(case.because(item, lang), []).append(case.told(item, lang))
        elif item.truth and item.part != "applies":
            reason = case.because(item, lang)
            lines.append(
                f"  ✓ {case.told(item, lang)}" + (f"，因为 {reason}" if lang == "zh" else f", because {reason}")
            )
    for reason, told in refused.items():
        first = ("、" if lang == "zh" else "; ").join(told[:LISTED])
        more = len(told) - LISTED
        if more > 0:
            first += f" 等 {len(told)} 项" if lang == "zh" else f" and {more} more"
        lines.append(f"  ✗ {first}" + (f"，因为 {reason}" if lang == "zh" else f", because {reason}"))
    return lines


HELP_ZH = "每次一个问题。也可以写：不知道 · 返回 · 为什么 · 帮助 · 退出（并保存）"
HELP_EN = "One question at a time. You can also write: don't know · back · why · help · quit (and save)"
