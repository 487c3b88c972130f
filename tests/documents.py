"""A sample handout in both languages that uses every node of the document tree, as a real one would."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from derive.notation.formula import (
    Apply,
    Big,
    Brace,
    Cases,
    Colored,
    Derivative,
    Formula,
    Fraction,
    Line,
    Matrix,
    Number,
    Role,
    Root,
    Sign,
    Symbol,
    Words,
    grouped,
    negated,
    number,
    plus,
    power,
    relation,
    row,
    symbol,
    times,
    transposed,
)
from derive.report.document import (
    Arrow,
    Block,
    Callout,
    CodeBlock,
    CodeText,
    Column,
    Display,
    Document,
    Emphasis,
    Figure,
    Heading,
    Inline,
    Items,
    Label,
    Link,
    Math,
    Node,
    Paragraph,
    Picture,
    Reference,
    Shape,
    Strong,
    Table,
    Text,
)

STEPS = 3


def at(letter: str, step: str | int) -> Symbol:
    """A variable at a step."""
    index = number(step) if isinstance(step, int) else row(*map(_glyph, step))
    return symbol(letter, index)


def _glyph(character: str) -> Formula:
    if character.isdigit():
        return Number(character)
    return symbol(character) if character.isalpha() else Sign({"-": "−"}.get(character, character))


H, T, L = symbol("h", symbol("t")), symbol("T"), symbol("L")
W = {name: symbol("w", symbol(name)) for name in "xhy"}


def one_minus_square(step: int) -> Formula:
    """1 − h², the slope of tanh."""
    return grouped(plus(Number("1"), negated(power(at("h", step), Number("2")))))


def forward() -> tuple[Line, ...]:
    """The forward equations of a scalar recurrent network."""
    inside = plus(times(W["x"], at("x", "t")), times(W["h"], at("h", "t-1")))
    error = grouped(plus(at("y", "t"), negated(symbol("y", symbol("t"), accent="hat"))))
    return (
        Line(Colored("state", at("h", "t")), "=", Apply("tanh", (inside,))),
        Line(at("y", "t"), "=", times(Colored("parameter", W["y"]), at("h", "t"))),
        Line(at("l", "t"), "=", times(Fraction(Number("1"), Number("2")), power(error, Number("2")))),
        Line(L, "=", Big("Σ", relation(symbol("t"), ("=", Number("1"))), T, at("l", "t"))),
    )


def recurrence(now: str, later: str) -> tuple[Line, ...]:
    """The recurrence of the error signal with its two parts named under braces, and its boundary."""
    direct = Brace(Colored("now", times(grouped(plus(at("y", "t"), negated(at("y", "t")))), W["y"])), Words(now))
    through = Brace(Colored("later", times(at("δ", "t+1"), W["h"], one_minus_square(2))), Words(later))
    return (
        Line(at("δ", "t"), "=", Derivative(L, at("h", "t"))),
        Line(None, "=", plus(direct, through)),
        Line(at("δ", "T"), "=", times(grouped(plus(at("y", "T"), negated(at("y", "T")))), W["y"])),
    )


def long_sum() -> tuple[Line, ...]:
    """A sum whose lines fill the width of the page."""
    term = times(
        grouped(plus(at("y", 3), negated(at("y", 3)))), W["y"], one_minus_square(3), W["h"], one_minus_square(2)
    )
    return (
        Line(Derivative(L, W["h"]), "=", plus(times(term, at("h", 1)), times(term, W["h"], one_minus_square(1)))),
        Line(None, "", plus(Number("0"), times(term, W["h"], one_minus_square(1), at("h", 0)), at("h", 1))),
    )


def other_notation(otherwise: str) -> tuple[Line, ...]:
    """Every other kind of formula."""
    matrix = Matrix(((symbol("a"), symbol("b")), (symbol("c"), symbol("d"))))
    cases = Cases(((Number("1"), relation(symbol("k"), ("=", symbol("j")))), (Number("0"), Words(otherwise))))
    local = Derivative(at("h", "t"), at("h", "t-1"), "local")
    partial = Derivative(at("l", "t"), at("y", "t"), "partial")
    return (
        Line(times(transposed(symbol("W")), at("δ", "t"), sign="⊙"), "=", times(matrix, symbol("v"), sign="·")),
        Line(times(local, partial), "=", cases),
        Line(Root(symbol("x")), "≈", times(Number("1.25", -3), grouped(symbol("x"), "||"))),
    )


def picture() -> Picture:
    """Three steps side by side: h runs to the right in an arc past the pre-activations, l goes up."""
    shapes: list[Shape] = []
    for step in range(1, STEPS + 1):
        x = 4.6 * step - 3.2
        column: list[tuple[str, float, Role]] = [("x", 0.6, "input"), ("h", 2.6, "state"), ("y", 4.6, "muted")]
        for (letter, y, role), (_, above, _) in zip(column, [*column[1:], ("l", 6.4, "loss")], strict=True):
            shapes.append(Node((x, y), (0.95, 0.95), at(letter, step), role, strong=letter == "h"))
            shapes.append(Arrow((x, y + 0.5), (x, above - 0.5), "muted", dashed=letter == "y"))
        shapes.append(Node((x, 6.4), (0.95, 0.8), at("l", step), "loss", "box"))
        shapes.append(Label((x + 0.12, 1.6), W["x"], "parameter", "start"))
        shapes.append(Label((x + 0.12, 3.6), W["y"], "parameter", "start"))
        if step < STEPS:
            shapes.append(Arrow((x + 0.5, 2.6), (x + 4.1, 2.6), "state", strong=True))
            bend = ((x + 1.5, 1.4), (x + 3.1, 1.4))
            shapes.append(Arrow((x + 0.42, 2.28), (x + 4.18, 2.28), "path", bend))
            shapes.append(Label((x + 2.3, 2.85), W["h"], "parameter"))
            shapes.append(Label((x + 2.3, 1.15), Words("−"), "path"))
    return Picture(13.5, 7.0, tuple(shapes))


def paths_table(headers: tuple[str, str, str], note: str, caption: str) -> Table:
    """A table over more than a page: tight columns, a wide one with formulas and words that wrap, and rules."""
    columns = (
        Column((Text(headers[0]), Math(T)), "center"),
        Column((Text(headers[1]),), share=3),
        Column((Text(headers[2]),), share=2),
        Column((Math(L), Text(" / "), Math(W["h"])), "right"),
    )
    rows = []
    for index in range(1, 31):
        product = times(W["y"], *(one_minus_square(k) for k in range(1, index % 3 + 2)), at("h", index % 4))
        path = row(*(part for k in range(index % 5 + 1) for part in (at("h", k), Sign("→"))), at("l", index % 5))
        half = times(Fraction(Number("1"), Number("2")), Fraction(at("y", index), at("h", "t")))
        cells = (
            (Text(str(index)),),
            (Math(product), Text(f" {note}"), Strong((Text("| a"),))) if index % 7 == 3 else (Math(product),),
            (Math(path), Text(" "), Math(half)) if index % 6 == 5 else (Math(path),),
            (Math(Number(f"−0.{index * 37:04d}")),),
        )
        rows.append(cells)
    return Table(columns, tuple(rows), (Text(caption), Math(W["h"]), Text(".")), "tab:paths", rules=(10, 20))


def small_table(headers: tuple[str, ...], caption: str, label: str = "tab:small") -> Table:
    """A table of numbers without columns that wrap."""
    columns = (Column((Text(headers[0]),)), *(Column((Text(header),), "right") for header in headers[1:]))
    rows = tuple(
        (
            (Math(Derivative(L, W[name])),),
            (Math(Number("0.46889135")),),
            (Math(Number("0.4688913")),),
            (Math(Number("2.1", -9)),),
        )
        for name in "xhy"
    )
    return Table(columns, rows, (Text(caption),), label)


@dataclass(frozen=True, slots=True)
class Copy:
    """The words of the sample in one language."""

    title: str
    subtitle: str
    sections: tuple[str, str, str, str]
    sentence: tuple[str, ...]
    filler: str
    idea: str
    key: str
    points: tuple[str, str, str]
    braces: tuple[str, str]
    otherwise: str
    paths: tuple[str, str, str]
    note: str
    paths_caption: str
    checks: tuple[str, str, str, str]
    checks_caption: str
    figure: str
    alt: str
    see: tuple[str, str, str]
    link: str


ENGLISH = Copy(
    title="Backpropagation through time",
    subtitle="A scalar recurrent network over T = 3 steps, written out path by path",
    sections=("The network", "Every path from the loss", "What the numbers say & how they were checked", "A remark"),
    sentence=(
        "The state is carried by ",
        " from one step to the next; the loss adds up one error per step. The ",
        "local partial",
        " of an equation holds its other arguments fixed — it isn't the total derivative, which goes through ",
        "every",
        " path. It's computed by ",
        "; 100% of the $ #1 cases_here * are escaped, [so] they say: <b>, ~, ^ and \\ too. See ",
    ),
    filler=(
        "A path leads from a parameter to the loss, and along it local partials are multiplied. Where two paths part "
        "and meet again, their products are added. Nothing else is needed: the derivative of the loss is the sum over "
        "all paths of the products along them, and every method in this handout is a way to fold that one sum. "
    ),
    idea="The idea. ",
    key="The rest of every path from the next state on is again the set of all paths, so the sum folds as follows:",
    points=("Count the paths first.", "Group them by their first edge.", "1. Then fold - and check the result."),
    braces=("at this step", "through later steps"),
    otherwise="otherwise",
    paths=("step ", "product of local partials", "path"),
    note="where the first factor comes from the output and all others from the recurrent weight",
    paths_caption="Table 1. The paths of the first steps, with the product along each, for ",
    checks=("gradient", "recurrence", "autograd", "difference"),
    checks_caption="Table 2. Two independent routes agree.",
    figure="Figure 1. The network unrolled over three steps. Thick arrows carry the state; the arcs are one path of ",
    alt="The network unrolled over three steps: each state depends on the input and on the state before it.",
    see=("Figure 1", "Table 1", "the recurrence"),
    link="the paper by Werbos",
)

CHINESE = Copy(
    title="通过时间反向传播",
    subtitle="三个时间步上的标量循环网络：把每一条路径都写出来",
    sections=("网络", "从损失出发的每一条路径", "数值结果及其检验 & 说明", "一点说明"),
    sentence=(
        "状态由",
        "从一步传到下一步，损失把各步的误差加起来。一个方程的",
        "“局部偏导数”",
        "把其余自变量视为常数——它不是全导数，全导数要经过",
        "每一条",
        "路径。计算时使用",
        "；100% 的 $ #1 cases_here * 都会转义，[方括号]、<b>、~、^ 和 \\ 也一样。参见",
    ),
    filler=(
        "一条路径从参数通向损失，沿途把各个局部偏导数相乘；两条路径分开又汇合时，把它们的乘积相加。除此之外不需要别的东西："
        "损失的导数就是对所有路径求和，每一项是该路径上局部偏导数的乘积。本讲义中的每种方法，都只是折叠这同一个和式的一种方式。"
    ),
    idea="要点：",
    key="从下一个状态出发，每条路径的余下部分又是全部路径的集合，因此这个和式可以折叠成一个递推式：",
    points=("先数清路径的条数。", "再按第一条边分组。", "1. 最后折叠，并检验结果。"),
    braces=("经由本步", "经由以后各步"),
    otherwise="其他情形",
    paths=("步 ", "局部偏导数的乘积", "路径"),
    note="其中第一个因子来自输出，其余因子都来自循环权重",
    paths_caption="表 1　前几步的路径及沿每条路径的乘积，对参数 ",
    checks=("梯度", "递推", "自动微分", "差"),
    checks_caption="表 2　两条独立的途径得到相同的结果。",
    figure="图 1　按时间展开三步的网络。粗箭头传递状态，下方的弧线是其中一条路径，参数为 ",
    alt="按时间展开三步的网络：每个状态依赖于当前输入和前一个状态。",
    see=("图 1", "表 1", "递推式"),
    link="Werbos 的论文",
)


def _opening(copy: Copy) -> tuple[Inline, ...]:
    text = copy.sentence
    return (
        Text(text[0]),
        Math(W["h"]),
        Text(text[1]),
        Emphasis((Text(text[2]),)),
        Text(text[3]),
        Strong((Text(text[4]),)),
        Text(text[5]),
        CodeText("derive.paths --steps=3 `x` | sort"),
        Text(text[6]),
        Reference(copy.see[0], "fig:unrolled"),
        Text(", "),
        Reference(copy.see[1], "tab:paths"),
        Text(", "),
        Reference(copy.see[2], "eq:recurrence"),
        Text(" ("),
        Link((Text(copy.link),), "https://doi.org/10.1109/5.58337?a=1&b=50%25#x_y~z"),
        Text(")."),
    )


def _blocks(copy: Copy) -> tuple[Block, ...]:
    filler = Paragraph((Text(copy.filler * 2),))
    first, second, third = ((Paragraph((Text(point),)),) for point in copy.points)
    see = Paragraph((Text(copy.filler), Math(one_minus_square(1)), Text(copy.filler), Math(Derivative(L, W["h"]))))
    return (
        Heading(1, (Text(copy.sections[0]), Text(" "), Math(at("h", "t"))), "sec:network"),
        Paragraph(_opening(copy)),
        Display(forward()),
        filler,
        Callout((Paragraph((Strong((Text(copy.idea),)), Text(copy.key))), Display(recurrence(*copy.braces)), first[0])),
        Figure(picture(), (Text(copy.figure), Math(W["h"]), Text(".")), "fig:unrolled", copy.alt),
        Heading(1, (Text(copy.sections[1]),), "sec:paths"),
        Display(recurrence(*copy.braces), "eq:recurrence"),
        Heading(2, (Text(copy.sections[3]), Emphasis((Text(copy.otherwise),))), "sec:remark"),
        see,
        Items((first, second, third), numbered=True),
        Items((first, (*second, Display(forward()[:1]), *first, CodeBlock("x = 1\n")), (Items((first, second)),))),
        Items((second, third)),
        paths_table(copy.paths, copy.note, copy.paths_caption),
        Heading(1, (Text(copy.sections[2]),), "sec:numbers"),
        filler,
        Display(long_sum()),
        see,
        small_table(copy.checks, copy.checks_caption),
        Heading(2, (Text(copy.sections[3]),), "sec:other"),
        Heading(3, (Strong((Text(copy.sections[3]),)),), "sec:deeper"),
        Display(other_notation(copy.otherwise)),
        Callout((filler, small_table(copy.checks, copy.checks_caption, "tab:boxed"), Items((first, second)))),
        CodeBlock('def loss(h, w):\n    # 50% "of" {it}\\n ```\n\n    return w * h**2 - 1  # ' + copy.title, "python"),
    )


def sample(language: str) -> Document:
    """Return the sample handout in a language."""
    copy = {"en": ENGLISH, "zh": CHINESE}[language]
    return Document(language, (Text(copy.title),), (Text(copy.subtitle),), _blocks(copy))


def pages_hold(pdf: bytes, copy: Copy, folder: Path) -> bool:
    """Whether the text that is extracted from pages is the text that went in; ``folder`` is one to work in."""
    (folder / "sample.pdf").write_bytes(pdf)
    text = subprocess.run(["pdftotext", "sample.pdf", "-"], cwd=folder, capture_output=True, check=True).stdout.decode()
    flowing = "".join(text.split())
    parts = (copy.title, copy.subtitle, copy.sections[1], copy.sentence[0], copy.idea, copy.key, copy.points[0])
    return all("".join(part.split()) in flowing for part in parts)
