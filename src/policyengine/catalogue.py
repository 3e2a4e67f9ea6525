"""Every diagnostic there is: its stable code, its sentence in both languages, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from policyengine.text import Text


@dataclass(frozen=True, slots=True)
class Entry:
    """message and hint are templates; their {names} are filled by the place that reports."""

    severity: Literal["error", "warning"]
    message: Text
    hint: Text | None = None


def _error(en: str, zh: str, hint_en: str = "", hint_zh: str = "") -> Entry:
    return Entry("error", Text(zh, en), Text(hint_zh, hint_en) if hint_en else None)


def _warning(en: str, zh: str, hint_en: str = "", hint_zh: str = "") -> Entry:
    return Entry("warning", Text(zh, en), Text(hint_zh, hint_en) if hint_en else None)


CATALOGUE: dict[str, Entry] = {
    # files
    "no-pack": _error(
        "this folder has no pack.yaml", "这个文件夹里没有 pack.yaml",
        "`policyengine new <region>` makes a skeleton", "用 `policyengine new <地区>` 生成骨架",
    ),
    "unknown-pack": _error(
        "there is no pack `{name}`", "没有规则包 `{name}`",
        "name a shipped pack or a folder with a pack.yaml; what `uses` names is shipped or lies beside the pack",
        "写随附规则包的名字，或含 pack.yaml 的文件夹；`uses` 里的规则包须是随附的，或在同级文件夹",
    ),
    "unreadable-file": _error("the file can't be read: {reason}", "文件读不了：{reason}"),
    "not-utf8": _error(
        "the file isn't UTF-8", "文件不是 UTF-8 编码",
        "save it as UTF-8 (in Excel: CSV UTF-8)", "请另存为 UTF-8（Excel：CSV UTF-8）",
    ),
    "file-too-large": _error("the file is larger than the limit ({limit})", "文件超过上限（{limit}）"),
    "leaves-pack": _error(
        "`{file}` lies outside the pack", "`{file}` 在规则包之外",
        "a pack reads only files in its own folder; copy the file there",
        "规则包只读自己文件夹里的文件；请把文件复制进来",
    ),
    "stray-file": _warning(
        "nothing reads `{file}`", "`{file}` 没有被读取",
        "a pack has pack.yaml, facts, parameters, readings, variables, benefits, indicators, between.yaml, provisions, "
        "supplements, reforms, scenarios and properties",
        "规则包由 pack.yaml、facts、parameters、readings、variables、benefits、indicators、between.yaml、provisions、supplements、"
        "reforms、scenarios 和 properties 组成",
    ),
    "yaml-syntax": _error("this isn't YAML: {problem}", "YAML 写法有误：{problem}"),
    "yaml-feature": _error(
        "anchors, aliases, tags and merge keys aren't allowed here", "这里不允许锚点、别名、标签和合并键",
        "write the value out", "请把值写全",
    ),
    "yaml-surprise": _error(
        "YAML programs don't agree on what `{text}` is", "`{text}` 在 YAML 里有歧义",
        "put it in quotes if it is text, or write the number without leading zeros",
        "若是文字请加引号；若是数字请去掉前导零",
    ),
    "key-not-text": _error(
        "a key must be text", "键必须是文字",
        "what stands before the `:` is a word; put it in quotes if it begins with [ or {{", "`:` 之前应为文字；若以 [ 或 {{ 开头请加引号",
    ),
    "empty-value": _error(
        "{key} has no value", "{key}没有值",
        "write a value, or leave it out; in {{ }} and [ ] text with a comma in it needs quotes",
        "请写上值，或整个删去；在 {{ }} 和 [ ] 里，含逗号的文字要加引号",
    ),
    "duplicate-key": _error(
        "`{key}` stands twice in this mapping", "`{key}` 在这里出现了两次",
        "the first one is at {first}", "第一次在 {first}",
    ),
    "nested-too-deep": _error("nested deeper than {limit} levels", "嵌套超过 {limit} 层"),
    # shapes
    "unknown-key": _error("`{key}` isn't a key here", "这里没有 `{key}` 这个键"),
    "missing-key": _error("`{key}` is missing", "缺少 `{key}`"),
    "not-one-of": _error("`{found}` isn't one of {expected}", "`{found}` 不在可选值 {expected} 之中"),
    "wrong-shape": _error("`{key}`: {expected}", "`{key}`：{expected}"),
    "bad-id": _error(
        "`{id}` isn't an id", "`{id}` 不能作标识",
        "ids are lower-case ASCII letters, digits and _; put the Chinese name into `label`",
        "标识只用小写英文字母、数字和 _；中文名写在 `label` 里",
    ),
    "reserved-word": _error(
        "`{id}` is a word of the formulas", "`{id}` 是公式里的词，不能作标识",
        "call it otherwise; keywords and functions can't be ids", "请换一个名字；关键字和函数名不能作标识",
    ),
    "option-means-other": _error(
        "the option `{option}` of `{id}` can't be stated: `{word}` says {meaning}",
        "`{id}` 的选项 `{option}` 无法陈述：`{word}` 表示{meaning}",
        "call the option otherwise", "请给选项换一个名字",
    ),
    "reserved-id": _error("a fact can't be called `{id}`: a household has a key of that name", "事实不能叫 `{id}`：家庭数据里有同名的键"),
    "duplicate-id": _error("`{id}` is declared twice", "`{id}` 声明了两次", "the first one is at {first}", "第一次在 {first}"),
    "does-not-fit-type": _error(
        "`{id}` is a {type}; `unit` is for numbers, `options` for choices",
        "`{id}` 的类型是 {type}；`unit` 只用于数字，`options` 只用于选择",
    ),
    # figures and units
    "bad-figure": _error(
        "`{text}` isn't a figure", "`{text}` 不是数值",
        "for example 75%, 1.5万元, 60岁, 1/6, at least 15000元, not stated", "例如 75%、1.5万元、60岁、1/6、不低于 15000元、未载明",
    ),
    "bad-date": _error("`{text}` isn't a date", "`{text}` 不是日期", "write it as {example}", "请写成 {example}"),
    "figure-unit": _error("`{text}` is in {written}; {unit} is expected", "`{text}` 的单位是 {written}；这里应为 {unit}"),
    "too-fine": _error(
        "`{text}` is finer than {step}", "`{text}` 比 {step} 更细",
        "round it, or declare more `places`", "请先取整，或声明更多小数位 `places`",
    ),
    "empty-range": _error("`{text}` leaves nothing: the lower end is above the upper", "`{text}` 是空区间：下端大于上端"),
    "outside-range": _error(
        "`{text}` is outside the declared range", "`{text}` 超出声明的范围",
        "without a `range`, figures are at least 0, and durations at most 150 years", "没有写 `range` 时，数值不小于 0，期间不超过 150 年",
    ),
    "unknown-unit": _error(
        "`{unit}` isn't a unit", "`{unit}` 不是单位",
        "for example yuan/person/year, ratio, years, persons, households, items", "例如 元/人/年、比例、岁、人、户、个",
    ),
    "unit-mismatch": _error("the units don't fit: {left} and {right}", "单位不符：{left} 与 {right}"),
    "cannot-convert": _error(
        "`{want}` can't convert {unit}", "`{want}` 不能换算{unit}",
        "yearly(…) takes what is per month, monthly(…) what is per year", "按年(…) 用于每月的量，按月(…) 用于每年的量",
    ),
    "too-large": _error(
        "a result of this formula may not fit into 64 bits", "此公式的结果可能超出 64 位整数",
        "declare narrower ranges for its facts, or round an intermediate result in a variable of its own",
        "请为事实声明更窄的范围，或把中间结果另设变量并取整",
    ),
    # formulas
    "empty-formula": _error("the formula is empty", "公式是空的"),
    "formula-syntax": _error(
        "`{found}` isn't expected here", "这里不该出现 `{found}`",
        "check brackets and operators; Chinese keywords need a space around them", "请检查括号和运算符；中文关键字两边要空格",
    ),
    "formula-ends": _error(
        "the formula ends too early", "公式没有写完", "a value, a closing bracket or an `else` is missing", "缺少值、右括号或 `否则`",
    ),
    "formula-too-long": _error(
        "the formula has {length} characters; {limit} are allowed", "公式有 {length} 个字符；上限 {limit}",
        "split it into variables", "请拆成几个变量",
    ),
    "formula-too-deep": _error("the formula is nested deeper than {limit} levels", "公式嵌套超过 {limit} 层", "split it into variables", "请拆成几个变量"),
    "unknown-name": _error("unknown name `{name}`", "未知的名称 `{name}`"),
    "ambiguous-name": _error("`{name}` stands for several things: {ids}", "`{name}` 有多个含义：{ids}", "use the id", "请用标识"),
    "unknown-family": _error(
        "there is no benefit family `{name}`", "没有名为 `{name}` 的待遇类别",
        "families are declared in families.yaml, of this pack or of one it uses", "待遇类别在本规则包或其所用规则包的 families.yaml 中声明",
    ),
    "no-family": _warning(
        "the benefit `{id}` belongs to no family", "待遇 `{id}` 没有类别",
        "without `family:` it can't be set beside the benefits of other regions", "没有 `family:` 就无法与别的地区对照",
    ),
    "no-totals": _error(
        "no area fact of `{name}` is a total over households", "`{name}` 没有按住户合计的地区事实",
        "give such a fact a `total:` in the pack, or state its figure", "请在规则包里给这类事实写 `total:`，或直接给出数值",
    ),
    "unknown-function": _error(
        "unknown function `{name}`", "未知的函数 `{name}`",
        "there are min, max, round, round_up, round_down, yearly, monthly, years_between, months_between, days_between, "
        "progressive, lookup, table, entitled and received",
        "有：最小、最大、四舍五入、向上取整、向下取整、按年、按月、周岁、月数、天数、分段累进、分档、查表、享受、所得",
    ),
    "wrong-arguments": _error(
        "the number of arguments of `{name}` can't be {number}", "`{name}` 的参数个数不能是 {number}",
    ),
    "option-alone": _error(
        "`{name}` is an option; it can only be compared with its choice", "`{name}` 是选项，只能与它的选择作比较",
        "say of which choice: `<choice> == {name}`", "请写明是哪个选择：`<选择> == {name}`",
    ),
    "unknown-option": _error("`{name}` isn't one of the options {options}", "`{name}` 不在选项 {options} 之中"),
    "scale-alone": _error(
        "`{name}` is a scale or table", "`{name}` 是分档表", "use progressive(x, {name}), lookup(x, {name}) or table({name}, …)",
        "请用 分段累进(x, {name})、分档(x, {name}) 或 查表({name}, …)",
    ),
    "not-a-scale": _error(
        "this isn't a scale or table that fits", "这不是可用的分档表",
        "progressive takes a parameter with `bands` whose values are ratios, lookup one with `bands`, table one with `keys`",
        "分段累进 用值为比例的 `bands` 参数，分档 用 `bands` 参数，查表 用 `keys` 参数",
    ),
    "not-a-value": _error(
        "`{name}` is a {kind} and has no value here", "`{name}` 是{kind}，在这里没有值",
        "a benefit is used as entitled({name}) or received({name}), an indicator not at all", "待遇请写 享受({name}) 或 所得({name})；指标不能用于公式",
    ),
    "not-a-benefit": _error(
        "this isn't a benefit", "这不是待遇",
        "the id or label of a benefit of this pack stands here", "这里应为本规则包一项待遇的标识或名称",
    ),
    "no-amount": _error("the benefit `{name}` has no amount", "待遇 `{name}` 没有金额"),
    "not-a-condition": _error(
        "a condition is expected here, this is {found}", "这里应为条件，而这是{found}",
        "compare it with something, such as `… > 0`", "请与某值比较，例如 `… > 0`",
    ),
    "not-a-number": _error("a number is expected here, this is {found}", "这里应为数值，而这是{found}"),
    "not-a-date": _error("a date is expected here, this is {found}", "这里应为日期，而这是{found}"),
    "not-a-choice": _error("a choice is expected here, this is {found}", "这里应为选择，而这是{found}"),
    "not-a-choice-name": _error("`{name}` isn't a choice fact or a choice variable with `options`", "`{name}` 不是选择型事实，也不是带 `options` 的变量"),
    "cannot-compare": _error(
        "{found} can't be compared by size", "{found}不能比较大小",
        "a choice is compared with `==`; a condition stands by itself or after `not`", "选择用 `==` 比较；条件直接写，或写 `非 …`",
    ),
    "branches-differ": _error("the branches differ: {left} and {right}", "两个分支类型不同：{left} 与 {right}"),
    "wrong-scope": _error(
        "`{name}` belongs to the {scope}; this formula is about the {here}", "`{name}` 属于{scope}，而此公式是关于{here}的",
        "members appear in a household's formula only inside count/sum/any/all/max/min … of members",
        "在家庭的公式里，成员只能出现在 计数/合计/任一/全部/最大/最小 … 于 成员 之中",
    ),
    "others-need-person": _error("`other members` needs a person's formula", "`其他成员` 只能用于个人的公式"),
    "rank-needs-person": _error("`rank by` needs a person's formula", "`位次 按` 只能用于个人的公式"),
    "aggregate-needs-where": _error(
        "`{word}` needs a condition", "`{word}` 需要条件",
        "write `any of members where …`", "请写 `任一 于 成员 其中 …`",
    ),
    "needs-default": _error(
        "`{word}` of members needs a default for when there is nobody", "成员的 `{word}` 需要没有人时的缺省值",
        "add `default 0` at the end", "在末尾加 `缺省 0`",
    ),
    "is-known-needs-optional": _error(
        "`is known` is for facts declared `optional: true`", "`已知` 只用于声明了 `optional: true` 的事实",
        "whether a fact has been asked yet may not change what a person is entitled to", "是否问过一个事实，不能改变应享的待遇",
    ),
    "round-needs-step": _error("the second argument must be a step, such as 1元 or 0.1%", "第二个参数应为步长，例如 1元 或 0.1%"),
    "quotient-needs-rounding": _error(
        "a quotient must be rounded here", "这里的商需要取整",
        "write round(a ÷ b, 0.01元), or give the variable a `rounding`", "请写 四舍五入(a ÷ b, 0.01元)，或给变量加 `rounding`",
    ),
    "division-by-zero": _error(
        "the divisor may be 0 or less", "除数可能为 0 或负数",
        "declare a `range` that begins above 0, or write `÷ max(…, 1元)`, `÷ max(…, 1人)`",
        "请声明大于 0 的 `range`，或写 `÷ 最大(…, 1元)`、`÷ 最大(…, 1人)`",
    ),
    "depends-on-error": _error("`{name}` has an error of its own", "`{name}` 本身有错误"),
    "unnamed-figure": _warning(
        "`{text}` stands in the formula without a name", "公式里的 `{text}` 没有名称",
        "make it a parameter: a reform, a citation and a test need a name to hold on to", "请设为参数：改革、引用和测试都需要一个名称",
    ),
    # structure
    "cycle": _error("a cycle: {path}", "循环定义：{path}"),
    "mixed-scopes": _error("these benefits aren't all for one kind of recipient", "这些待遇的对象不一致（个人与家庭）"),
    "too-many-benefits": _error(
        "{number} benefits stand together here; {limit} are allowed", "这里放在一起的待遇有 {number} 项；上限 {limit}",
        "split them into several", "请拆成几个",
    ),
    "bands-not-rising": _error("the bands of `{id}` must rise", "`{id}` 的分档必须递增"),
    "table-header": _error("the header is `{found}`; expected `{expected}` (and perhaps `from`)", "表头是 `{found}`；应为 `{expected}`（可加 `from`）"),
    "table-empty": _error(
        "the table `{id}` has no rows", "表 `{id}` 没有任何行",
        "its first row is its header: {expected}", "第一行是表头：{expected}",
    ),
    "table-row": _error(
        "this row has {number} cells; the header has {expected}", "这一行有 {number} 格；表头有 {expected} 格",
        "a cell with a comma in it needs double quotes", "含逗号的格子要加双引号",
    ),
    "table-duplicate": _error("this combination stands twice: {keys}", "这一组合出现了两次：{keys}"),
    "table-incomplete": _error(
        "the table `{id}` lacks {missing}", "表 `{id}` 缺 {missing}",
        "add the rows, or say `otherwise: not stated`", "请补行，或写 `otherwise: 未载明`",
    ),
    "table-key": _error(
        "the table has no rows for: {options}", "表里没有这些选项的行：{options}", "add the rows, or `otherwise`", "请补行，或写 `otherwise`",
    ),
    "table-gap": _error(
        "the rows of `{id}` don't provably cover every case", "不能证明 `{id}` 的各行覆盖所有情形",
        "add `otherwise`", "请加 `otherwise`",
    ),
    "table-overlap": _error(
        "rows {first} and {second} of `{id}` can hold together", "`{id}` 的第 {first} 行与第 {second} 行可能同时成立",
        "make them exclude each other, or use `hit: first`", "请使其互斥，或用 `hit: first`",
    ),
    "table-not-proved": _error(
        "it couldn't be proved that the rows of `{id}` exclude each other", "未能证明 `{id}` 的各行互斥",
        "use `hit: first`", "请用 `hit: first`",
    ),
    "amount-gap": _error(
        "`{id}` has no amount for the option `{option}`, which `eligible` doesn't exclude",
        "`{id}` 没有写选项 `{option}` 的金额，而 `eligible` 并未排除它",
        "add a formula for it under `amount`, or exclude it in `eligible`", "请在 `amount` 下补公式，或在 `eligible` 中排除它",
    ),
    "negative-amount": _warning(
        "the amount of `{id}` can be below 0", "`{id}` 的金额可能为负",
        "write max(0元, …)", "请写 最大(0元, …)",
    ),
    "unused-variable": _warning(
        "nothing uses the variable `{id}`", "变量 `{id}` 没有被使用", "use it in a benefit or indicator, or remove it", "请在待遇或指标中使用它，或删去",
    ),
    "unused-parameter": _warning(
        "nothing uses the {kind} `{id}`", "{kind} `{id}` 没有被使用", "use it in a formula, or remove it", "请在公式中使用它，或删去",
    ),
    "unreachable-benefit": _warning("nobody can ever receive `{id}`", "没有人能得到 `{id}`", "its condition is always false", "它的条件恒为假"),
    # the ledger
    "unknown-provision": _error("there is no clause `{id}` among the provisions", "条款清单里没有 `{id}`", "clauses stand in provisions.yaml", "条款写在 provisions.yaml"),
    "uncited": _error(
        "`{id}` cites no clause", "`{id}` 没有引用条款", "add `provision:` or `provisions:`", "请加 `provision:` 或 `provisions:`",
    ),
    "clause-unaccounted": _error(
        "nothing encodes the clause `{id}`, and no reason is given", "条款 `{id}` 没有被任何规则引用，也没有说明原因",
        "cite it from a rule, or say why not in `not_encoded`", "请在规则中引用它，或在 `not_encoded` 中说明原因",
    ),
    "clause-both": _error(
        "the clause `{id}` is cited by `{by}` and also said to be not encoded", "条款 `{id}` 被 `{by}` 引用，又写了未编码的原因",
        "remove `not_encoded`", "请删去 `not_encoded`",
    ),
    "figure-not-in-clause": _error(
        "the figure {figure} of `{id}` isn't among the figures of {provision}", "`{id}` 的数值 {figure} 不在 {provision} 的数值之中",
        "correct the parameter, or the `figures` or the choice of the clause", "请核对参数、条款的 `figures` 或所引条款",
    ),
    "no-source": _error(
        "the pack's document isn't in `{folder}`", "`{folder}` 里没有这个规则包的文件",
        "the document is recognised by its SHA-256 (pack.yaml, `document`)", "按 SHA-256 识别（pack.yaml 的 `document`）",
    ),
    "source-differs": _warning("`{file}` isn't the very document of the pack; its passages are looked for all the same", "`{file}` 与规则包所据文件不完全相同；仍逐段查找"),
    "passage-missing": _error(
        "the passage of {id} isn't in the document", "文件中找不到 {id} 的原文",
        "its `length` or `sha256` is wrong, or this document words it otherwise", "`length` 或 `sha256` 有误，或此文件文字不同",
    ),
    "passage-moved": _warning("the passage of {id} is at {found}, not at {at}", "{id} 的原文在第 {found} 字，而非第 {at} 字",
        "correct its `at`", "请改正 `at`",
    ),
    "figure-not-in-passage": _error(
        "the figure `{figure}` doesn't occur in the passage of {id}", "{id} 的原文中没有 `{figure}`",
        "write the clause's figures as the document does", "条款的数值请照文件的写法",
    ),
    "uncovered-text": _error(
        "{number} characters of the document belong to no clause, the first at {at}", "文件中有 {number} 个字不属于任何条款，首处在第 {at} 字",
        "add a clause for them, or lengthen the passage of one", "请补条款，或延长某条款的原文",
    ),
    # reforms and supplements
    "unknown-reform": _error(
        "there is no reform `{name}`", "没有改革 `{name}`",
        "name one from the pack's folder `reforms`, or a file that ends in .yaml", "写规则包 `reforms` 文件夹里的改革，或一个 .yaml 文件",
    ),
    "unknown-supplement": _error(
        "there is no supplement `{name}`", "没有补充数据 `{name}`",
        "name one from the pack's folder `supplements`", "写规则包 `supplements` 文件夹里的补充数据",
    ),
    "no-effect": _error(
        "the reform `{name}` changes nothing", "改革 `{name}` 没有任何改变",
        "what it says already stands in the pack", "它所写的与规则包现有内容相同",
    ),
    "no-target": _error("the pack has no `{name}` to change", "规则包里没有可改变的 `{name}`"),
    "stated-figure": _error(
        "the document states `{name}`; a supplement may only fill in what isn't stated", "文件已写明 `{name}`；补充数据只能补未载明的",
        "use a reform", "请用改革",
    ),
    "grade-c": _error(
        "the supplement `{name}` has figures of grade {grade}", "补充数据 `{name}` 含 {grade} 级数值",
        "allow it with --grade {grade} / grades=\"{allowed}\"", "用 --grade {grade} / grades=\"{allowed}\" 允许",
    ),
    # a household and a call
    "household-shape": _error("keys and values are expected, not `{found}`", "这里应为键和值，而不是 `{found}`"),
    "no-members": _error("a household needs `members`: a list with at least one person", "家庭需要 `members`：至少一人的列表"),
    "too-many-members": _error("{number} members; {limit} are allowed", "成员 {number} 人；上限 {limit}"),
    "member-without-id": _error("this member has no `id`", "这个成员没有 `id`", "any short name that no other member has", "任一不与他人重复的短名"),
    "duplicate-member": _error("two members have the id `{id}`", "两个成员的 id 都是 `{id}`"),
    "reserved-member-id": _error(
        "`{id}` can't be the id of a member", "成员的 id 不能是 `{id}`",
        "results call the household and the area by these names", "结果中用这两个词指家庭和地区",
    ),
    "not-a-word": _error("a name or id is text, not `{found}`", "姓名和 id 应为文字，而不是 `{found}`"),
    "unknown-fact": _error(
        "unknown fact `{key}`", "未知的事实 `{key}`", "facts are given by their id or label in the pack", "请用规则包里事实的标识或名称",
    ),
    "fact-twice": _error(
        "`{id}` is given twice, under two names", "`{id}` 以两个名称给了两次", "keep one of them", "请只留一个",
    ),
    "not-yes-or-no": _error("`{fact}` is yes or no, not `{found}`", "`{fact}` 应为是或否，而不是 `{found}`", "write yes or no (是, 否); leave it out if it isn't known", "请写 是 或 否；不知道就不写"),
    "unknown-choice": _error("`{fact}` can't be `{found}`", "`{fact}` 不能是 `{found}`", "one of {options}", "可选：{options}"),
    "not-a-figure": _error(
        "`{fact}` is a figure in {unit}, not `{found}`", "`{fact}` 应为以{unit}计的数值，而不是 `{found}`",
        "write a number, with or without its unit, or `at least …`; leave it out if it isn't known",
        "请写数字（单位可省），或 `不低于 …`；不知道就不写",
    ),
    "out-of-range": _error("`{fact}` can't be `{found}`", "`{fact}` 不能是 `{found}`", "its range: {range}", "范围：{range}"),
    "unknown-parameter": _error("unknown parameter `{name}`", "未知的参数 `{name}`"),
    "unknown-reading": _error("unknown reading `{name}`", "未知的读法 `{name}`"),
    "beyond-document": _error(
        "`{fact}` can't be `{found}`: the document says {stated}", "`{fact}` 不能是 `{found}`：文件写的是 {stated}",
        "to try another figure, write a reform", "要试其他数值，请写改革",
    ),
    "beyond-term": _error(
        "{on} is outside the plan's term, {start} to {end}", "{on} 不在方案期限 {start} 至 {end} 之内",
        "go on all the same with --beyond-term / beyond_term=True", "仍要继续：--beyond-term / beyond_term=True",
    ),
    # tables of households
    "extra-needed": _error(
        "this needs the package `{package}`, which isn't installed", "这需要 `{package}`，但没有安装",
        "pip install 'policyengine-packs[{name}]'", "pip install 'policyengine-packs[{name}]'",
    ),
    "unknown-ordering": _error(
        "households can't be ordered by `{name}`", "不能按 `{name}` 给家庭排序",
        "a fact or variable of the household with a number, which some rule asks for",
        "应为家庭的数值型事实或变量，且有规则用到",
    ),
    "no-population": _error(
        "there is no population to draw", "没有人口数据可画", "give a table of households", "请给出家庭数据表",
    ),
    "cannot-vary": _error(
        "`{name}` isn't a number that can be varied", "`{name}` 不是可以变动的数值",
        "a number or date of the household, or of a member named with --member",
        "家庭的数值或日期；成员的请用 --member 指明",
    ),
    "unknown-format": _error("`{path}` isn't a table that can be read or written", "`{path}` 不是可读写的表格", "files: {formats}", "文件：{formats}"),
    "unwritable-file": _error("the file can't be written: {reason}", "文件写不了：{reason}"),
    "overwrites-input": _error(
        "the results would overwrite this input", "结果会覆盖这个输入文件", "give --out another name", "请给 --out 另起一个名字",
    ),
    "column-twice": _error(
        "two columns are called `{name}`", "有两列都叫 `{name}`", "rename or remove one of them", "请改名或删去其中一列",
    ),
    "too-many-rows": _error("a sheet holds {limit} rows", "一张工作表只有 {limit} 行", "write .parquet or .csv", "请写成 .parquet 或 .csv"),
    "missing-column": _error("the table has no column {names}", "表里没有列 {names}"),
    "bad-column": _error(
        "this column holds `{type}`, not lists of members", "这一列是 `{type}`，不是成员的列表",
        "give persons in a table of their own, or a list of their facts in each row", "请把成员另放一张表，或在每行放成员事实的列表",
    ),
    "unknown-column": _error(
        "unknown column `{column}`", "未知的列 `{column}`",
        "columns are facts by id or label; name others with --skip / skip=, or \"*\" for all", "列名是事实的标识或名称；其余的用 --skip / skip= 列出，\"*\" 为全部",
    ),
    "not-a-result": _error(
        "the file doesn't say how it was made", "文件没有说明它是怎样得出的",
        "name a file that `policyengine run` wrote; .csv and .xlsx need the .run.json beside them", "请用 `policyengine run` 写出的文件；.csv 和 .xlsx 还需要旁边的 .run.json",
    ),
    "no-such-row": _error("the file has {rows} rows, so no row {row}", "文件只有 {rows} 行，没有第 {row} 行", "the first row is 1", "第一行是 1"),
    "no-such-household": _error(
        "there is no household `{id}` in this table", "这张表里没有家庭 `{id}`",
        "rows that couldn't be used are in the rejects file", "不能用的行在退回文件（rejects）里",
    ),
    "input-not-found": _error(
        "this input of the run isn't where it was", "当时的这个输入已不在原处",
        "name it: --input FILE, of two tables both", "请指明：--input 文件；两张表的都要",
    ),
    "result-differs": _error(
        "`{name}` of `{entity}` comes to {now} now, the file says {before}", "`{entity}` 的 `{name}` 现为 {now}，文件写的是 {before}",
        "was the input changed since, or is it another pack?", "输入是否改过，或规则包不同？",
    ),
    "other-pack": _error(
        "the pack `{pack}` has the digest {found}; the file was made with {digest}", "规则包 `{pack}` 的摘要是 {found}；文件由 {digest} 得出",
        "use the pack as it was (--pack FOLDER), or run again", "请用当时的规则包（--pack 文件夹），或重新运行",
    ),
    "row-without-id": _error("this row has no id", "这一行没有编号"),
    "uneven-row": _error(
        "this row has {number} cells, the header has {expected}", "这一行有 {number} 格，表头有 {expected} 格",
        "text with a comma or a line break in it needs double quotes", "含逗号或换行的文字要加双引号",
    ),
    "orphan-member": _error("there is no household `{id}`", "没有编号为 `{id}` 的家庭"),
    "duplicate-household": _error("two households have the id `{id}`", "两个家庭的编号都是 `{id}`"),
    "household-without-members": _error("this household has no members", "这个家庭没有成员"),
    "rejected-household": _error("another row of the household can't be used", "同一家庭的另一行不能用"),
    "bad-argument": _error("`{name}`: {reason}", "`{name}`：{reason}"),
    # scenarios and records
    "unknown-property": _error("there is no property `{name}`", "没有性质 `{name}`"),
    "cannot-be-more": _error(
        "`{name}` can't be more: it is no number or condition", "`{name}` 不是数值或条件，谈不上增加",
        "name a number (which grows) or a condition (which becomes true)", "请写数值（增加）或条件（由否变是）",
    ),
    "figure-of-condition": _error(
        "`{id}` is a condition: it becomes true, and `by` says nothing", "`{id}` 是条件：由否变是，不用 `by`", "leave `by` out", "请删去 `by`",
    ),
    "unknown-result": _error(
        "nothing is called `{name}` here", "这里没有 `{name}`",
        "a benefit or indicator by its id or label, or a member's id, `household` or `area`",
        "应为待遇或指标的标识或名称，或成员的 id、household、area",
    ),
    "bad-expectation": _error(
        "`{text}` can't be expected of `{name}`", "`{name}` 不能期望为 `{text}`",
        "eligible, ineligible, undetermined or an amount; of an indicator met, not met, undetermined or not applicable",
        "符合、不符合、待定或金额；指标则为 达到、未达到、待定、不适用",
    ),
    "bad-record": _error("this isn't a decision record: {reason}", "这不是决定记录：{reason}"),
    # cases
    "forward-not-installed": _error(
        "a case needs the package durable-rules, which can't be imported ({reason})", "个案需要 durable-rules 软件包，但它无法导入（{reason}）",
        "CPPFLAGS=\"-O2 -DPyEval_CallObject=PyObject_CallObject\" pip install \"policyengine-packs[forward]\"; everything else works without it",
        "CPPFLAGS=\"-O2 -DPyEval_CallObject=PyObject_CallObject\" pip install \"policyengine-packs[forward]\"；其他功能都不需要它",
    ),
    "case-too-large": _error(
        "with `{name}` the rules of a case have {number} conditions; {limit} are possible", "到 `{name}` 为止个案的规则已有 {number} 个条件；上限 {limit}",
        "use `decide`, which has no such limit, or split the pack", "请用没有这个限制的 `decide`，或拆分规则包",
    ),
    "unknown-member": _error("nobody in this case is called `{id}`", "本个案中没有叫 `{id}` 的成员", "a member's id, or the name of one only", "请用成员的 id，或不重复的姓名"),
    "told-already": _error(
        "`{fact}` has been told, and this doesn't fit", "`{fact}` 已经告知，与现在说的不符",
        "to replace it, use correct()", "要更正请用 correct()",
    ),
    "case-closed": _error("this case is closed", "本个案已关闭", "open it again from what to_json() gives", "可用 to_json() 的内容重新打开"),
    "bad-case": _error("this isn't a saved case: {reason}", "这不是保存的个案：{reason}"),
    "case-of-another-pack": _error(
        "the case was saved with the pack `{saved}`, and this pack (`{given}`) says something else", "个案是用规则包 `{saved}` 保存的，与现在这个（`{given}`）内容不同",
        "use the pack as it was, or tell the facts to a new case", "请用原来的规则包，或把事实告知一个新个案",
    ),
    "unknown-case": _error("no case and no household is called `{name}`", "没有叫 `{name}` 的个案或家庭"),
    "file-exists": _error("this file exists already", "这个文件已经存在", "choose another name, or go on with it by --resume", "请换个文件名，或用 --resume 接着它做"),
}  # fmt: skip
