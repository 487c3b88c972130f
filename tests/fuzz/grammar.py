r"""Grammar: texts that are nearly what a door expects: equations, networks, values, names in TeX, templates, command lines.

What readers refuse at first sight never gets to what lies behind. So these are right in most of their parts, and wrong in one:
``h(t-1)`` among steps, ``{ cycle = 3 }`` among values, ``\hat`` without a letter.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from derive.equations import FUNCTIONS
from derive.network.toml import KEYS
from derive.report.chapters import CHAPTERS
from fuzz.mutation import NASTY

NAMES = (
    "h",
    "x",
    "w",
    "v",
    "yhat",
    "y",
    "l",
    "W",
    "b",
    "c",
    "w_h",
    "h1",
    "a",
    "lambda",
    "theta",
    "T",
    "L",
    "t",
    "sum",
    "x_1",
)
STEPS = (
    ("[t]",) * 6
    + ("[t-1]",) * 5
    + ("[t-2]", "[t+1]", "", "", "[1]", "[T]", "[t-0]", "[t-1001]", "(t-1)", "_{t-1}", "[t-1][t]")
)
NUMBERS = (
    "0",
    "1",
    "2",
    "0.5",
    "0.1",
    "10",
    "1e3",
    "1/2",
    "1e101",
    "0.0",
    "1e-100",
    "00",
    "1__0",
    "5.",
    "9" * 61,
    "1" * 5000,
)


SHAPES = (
    "{} + {}", "{} - {}", "{}*{}", "{}*{}", "tanh({})", "({})**2/2", "{}/(1 + ({})**2)", "-{}", "relu({})", "exp(-{})",
    "sigmoid({})", "log({})", "sqrt({})", "sum({})", "{}@{}",
)  # fmt: skip
"""What sound equations are made of."""
AFTER = ("**2", "**2", "/2", "**(1/2)", "**-1", "**100", "**h[t]", ".T", "**2**2", "**0")


def equation(rng: random.Random, leaves: tuple[str, ...] = (), depth: int | None = None) -> str:
    """A right-hand side, nearly always of the grammar; ``leaves`` are what a network knows, such as ``h[t-1]``."""
    depth = rng.choice((1, 2, 2, 3, 4)) if depth is None else depth

    def deeper() -> str:
        return equation(rng, leaves, depth - 1)

    if depth <= 0 or rng.random() < 0.1:
        if leaves and rng.random() < 0.95:
            return rng.choice(leaves)
        return rng.choice((rng.choice(NAMES) + rng.choice(STEPS), rng.choice(NUMBERS), rng.choice(NAMES)))
    if leaves and rng.random() < 0.6:
        first, _, rest = rng.choice(SHAPES).partition("{}")
        return f"{first}{deeper()}{rest}".replace("{}", deeper())
    match rng.randrange(14):
        case 0 | 1 | 2:
            return f"{deeper()} {rng.choice('+-')} {deeper()}"
        case 3 | 4:
            return f"{deeper()}{rng.choice(('*', '*', '@', '/', ' '))}{deeper()}"
        case 5:
            return f"({deeper()}){rng.choice(AFTER)}"
        case 6:
            return f"-{deeper()}"
        case 7:
            return f"sum({deeper()})"
        case 8:
            return rng.choice(NAMES) + ".T@" + deeper()
        case 9:
            brackets = rng.choice((1, 2, 10, 39, 41, 200))
            return "(" * brackets + deeper() + ")" * brackets
        case 10:
            function = rng.choice((*FUNCTIONS, "cosh", "tanh ", "\\tanh", "np.tanh", "lambda", "__import__"))
            return f"{function}({deeper()}{rng.choice(('', '', '', ', ' + deeper(), ',', ')', 'x=1'))})"
        case 11:
            return rng.choice(("tanh", "sin", "exp")) + f"({deeper()})" + rng.choice(("", rng.choice(NASTY)))
        case _:
            return f"{rng.choice(tuple(FUNCTIONS))}({deeper()})"


PLAIN = (
    0, 1, -1, 2, Decimal("0.5"), Decimal("-0.1"), "1/3", "0.1", 10**4000, Decimal("1e400"), "1e9999999999", True, "", "x",
    "1/0", "nan", "inf", "1_0", "٣", " 1 ", date(1979, 5, 27),
)  # fmt: skip
"""Numbers, and what is none."""


def value(rng: random.Random, depth: int = 3) -> Any:
    """What may stand behind the equals sign of a value."""
    if depth == 0 or rng.random() < 0.5:
        return rng.choice((*PLAIN, rng.choice(NASTY)))
    entries = [value(rng, depth - 1) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 3, 5)))]
    match rng.randrange(8):
        case 0:
            return {"cycle": entries}
        case 1:
            return {rng.choice(("cycle", "cycl", "h_0", "")): value(rng, depth - 1) for _ in range(rng.randint(0, 2))}
        case 2:
            return [entries, entries[::-1]]
        case _:
            return entries


def toml(table: Any, *, top: bool = True) -> str:
    """A value as TOML, as far as TOML can say it."""
    match table:
        case dict() if top:
            plain = {key: entry for key, entry in table.items() if not isinstance(entry, dict)}
            inner = {key: entry for key, entry in table.items() if isinstance(entry, dict)}
            lines = [f"{_key(key)} = {toml(entry, top=False)}" for key, entry in plain.items()]
            for key, entry in inner.items():
                lines += [
                    f"[{_key(key)}]",
                    *(f"{_key(name)} = {toml(each, top=False)}" for name, each in entry.items()),
                ]
            return "\n".join(lines) + "\n"
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {toml(entry, top=False)}" for key, entry in table.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(toml(entry, top=False) for entry in table) + "]"
        case bool():
            return "true" if table else "false"
        case str():
            return json.dumps(table, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return str(table)


def _key(text: str) -> str:
    return (
        text
        if text.isidentifier() and text.isascii()
        else json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    )


def network(rng: random.Random, text: str) -> str:
    """A network file with some of its parts replaced; the text itself where it is no TOML."""
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return text
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice(PARTS)(rng, table)
    return toml(table)


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    if not isinstance(found, dict):
        found = table[key] = {}
    return found


def _listed(table: dict[str, Any], key: str) -> list[str]:
    found = table.get(key)
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _an_equation(rng: random.Random, table: dict[str, Any]) -> None:
    equations = _table(table, "equations")
    name = rng.choice((*equations, rng.choice(NAMES)))
    before = equations.get(name)
    timed = [*equations, *_listed(table, "inputs"), *_listed(table, "targets")]
    leaves = (
        *(each + rng.choice(("[t]", "[t]", "[t-1]", "[t-2]", "[t+1]")) for each in timed * 2),
        *_listed(table, "parameters"),
        "1",
        "0.5",
    )
    fresh = equation(rng, leaves)
    equations[name] = f"{before} + {fresh}" if isinstance(before, str) and rng.random() < 0.5 else fresh


def _a_name(rng: random.Random, table: dict[str, Any]) -> None:
    """Another name everywhere, or only here or there."""
    known = [name for name in _table(table, "equations") if name]
    if not known:
        return
    old, new = rng.choice(known), rng.choice((*NAMES, *NASTY, "θ", "a" * rng.choice((30, 100, 5000))))
    text = toml(table)
    try:
        changed = tomllib.loads(text.replace(old, json.dumps(new)[1:-1], rng.choice((-1, 1, 3))), parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return
    table.clear()
    table.update(changed)


def _a_list(rng: random.Random, table: dict[str, Any]) -> None:
    key = rng.choice(("parameters", "constants", "inputs", "targets", "trainable_initial", "by", "adjoints", "loss"))
    names = list(table.get(key, [])) if isinstance(table.get(key), list) else []
    match rng.randrange(4):
        case 0:
            names.append(rng.choice((*NAMES, *_table(table, "equations"))))
        case 1 if names:
            names.pop(rng.randrange(len(names)))
        case 2:
            names.append(rng.choice(("", 1, ["h"], rng.choice(NASTY))))
        case _:
            names = names[::-1]
    table[key] = names


def _a_key(rng: random.Random, table: dict[str, Any]) -> None:
    key = rng.choice((*KEYS, "parameter", "constants", "", rng.choice(NASTY)))
    if rng.random() < 0.4:
        table.pop(key, None)
    else:
        table[key] = rng.choice(
            (value(rng), rng.choice(NAMES), "every", "last", "mean", True, 0, {}, [], rng.choice(NASTY))
        )


def _an_option(rng: random.Random, table: dict[str, Any]) -> None:
    """A key that says how a network is told, with a value of its kind, or nearly so."""
    known = (*_table(table, "equations"), *_listed(table, "parameters"), *_listed(table, "inputs"), "h_0", "L", "T", "")
    name = rng.choice(known)
    match rng.randrange(7):
        case 0:
            table["reduction"] = rng.choice(("mean", "mean", "sum", "max", 1))
        case 1:
            steps = [1], [2], [1, 2], [2, 1], [0], [1, 1], [10**9], [True], []
            table["loss_at"] = rng.choice(("last", "every", "first", *steps))
        case 2:
            table["main"] = name
        case 3:
            table["by"] = rng.sample(known, min(2, len(known)))
        case 4:
            _table(table, "says")[name] = rng.choice(
                (rng.choice(NASTY), {"en": rng.choice(NASTY)}, {"zh": "状态"}, {}, 1)
            )
        case 5:
            table["broadcast"] = rng.choice((True, True, False, 1))
        case _:
            given = rng.choice(("z", "z", "z, y", "t", "T", "h", "", 1))
            made = {"of": given, "value": equation(rng, ("z", "z", "2"), 1), "slope": equation(rng, ("z", "1"), 1)}
            made.pop(rng.choice(("of", "value", "slope", "slope", "slope", "nothing")), None)
            _table(table, "functions")[rng.choice(("q", "q", "tanh", "h", "T", rng.choice(NASTY)))] = made
            _table(table, "equations")["r"] = f"q({name}[t])"


def _an_entry(rng: random.Random, table: dict[str, Any]) -> None:
    key = rng.choice(("initial", "shapes", "tex", "values", "title", "about"))
    inner = _table(table, key)
    known = (
        *inner,
        *inner,
        *_table(table, "equations"),
        rng.choice(NAMES),
        "h_0",
        "h_-1",
        "h_T+1",
        "en",
        "zh",
        rng.choice(NASTY),
    )
    name = rng.choice(known)
    if rng.random() < 0.2:
        inner.pop(name, None)
        return
    inner[name] = rng.choice(
        (
            value(rng),
            tex(rng),
            rng.choice(("n", "n, m", "n,n", "", "n m", "n,m,k", "2", "n,")),
            rng.choice(NASTY) * rng.choice((1, 3, 400)),
        )
    )


def _copied(rng: random.Random, table: dict[str, Any]) -> None:
    """Many equations, each put into the next, as large as a file may be."""
    count = rng.choice((3, 10, 30))
    equations = _table(table, "equations")
    last = rng.choice(tuple(equations) or ("h",))
    for place in range(count):
        equations[f"q{place}"] = rng.choice(
            (f"{last}[t]*{last}[t]", f"sin({last}[t])", f"{last}[t] + 1", f"{last}[t-1]*{last}[t-1]")
        )
        last = f"q{place}"
    if rng.random() < 0.7:
        table["loss"] = last


PARTS: tuple[Callable[[random.Random, dict[str, Any]], None], ...] = (
    _an_equation, _an_equation, _an_equation, _a_name, _a_list, _a_key, _an_entry, _an_entry, _an_option, _an_option, _copied,
)  # fmt: skip


def values(rng: random.Random, labels: tuple[str, ...]) -> str:
    """A file of values."""
    known = (*labels, *labels, *labels, "h_1", "z", "", rng.choice(NASTY))
    table: dict[str, Any] = {rng.choice(known): value(rng) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))}
    return toml({"values": table} if rng.random() < 0.3 else table)


ATOMS = (
    "h", "y", "w", "W", "\\delta", "\\theta", "\\ell", "θ", "1", "12", "*", "'", "\\prime", "+", "-", "(", ")", ",",
    " ", "{", "}", "\\hat", "\\bar", "\\vec", "\\mathrm", "\\text", "\\mathcal", "_", "^", "hh", "out", "\\frac",
    "\\", "{L}", "𝐱", "梯",
)  # fmt: skip


def tex(rng: random.Random, depth: int = 3) -> str:
    r"""A name in TeX, sound or nearly so."""
    if depth == 3 and rng.random() < 0.5:
        letters = "h", "y", "W", r"\delta", r"\ell", "θ", r"\mathrm{out}", r"\text{in2}"
        inner = rng.choice(("{}", "{}", r"\hat {}", r"\bar{{{}}}", r"\vec{{{}}}")).format(rng.choice(letters))
        scripts = "_{}", "_{{{},{}}}", "^{{({})}}", "_{}^{{{}*}}", "'", "^{{-{}}}", ""
        return inner + rng.choice(scripts).format(rng.choice(letters), rng.choice(("1", "t", "hh", "(2)")))
    if depth == 0 or rng.random() < 0.3:
        return rng.choice(ATOMS)
    inner = tex(rng, depth - 1)
    match rng.randrange(9):
        case 0:
            return f"\\hat{{{inner}}}"
        case 1:
            return f"{inner}_{{{tex(rng, depth - 1)}}}"
        case 2:
            return f"{inner}^{{({tex(rng, depth - 1)})}}"
        case 3:
            return f"\\mathrm{{{inner}}}"
        case 4:
            return f"{inner}_{{{inner},{tex(rng, depth - 1)}}}^{tex(rng, 0)}"
        case 5:
            return "{" * (many := rng.choice((1, 2, 50, 2000))) + inner + "}" * many
        case 6:
            return rng.choice(("\\hat ", "\\bar{", "\\mathrm ", "_{(")) * rng.choice((1, 2, 500)) + inner
        case 7:
            return inner * rng.choice((2, 30))
        case _:
            return inner + tex(rng, depth - 1)


FACTS = (
    "T", "title", "about", "states", "named", "gradients", "main", "main_stages", "closed_forms", "conditions",
    "boundary", "groups", "lags", "costs", "truncation", "forward", "sym", "math", "target", "ref", "number", "count",
    "equations", "check_table", "loss_sum", "diagram", "nothing", "self", "super", "range", "dict", "lipsum",
    "cycler", "joiner", "namespace", "loop", "caller", "varargs", "1", "'h'", "'a'*9", "[]", "{}", "()", "none",
    "true", "1e300", "0", "sum_of", "letter", "number", "many", "path_table", "triangle_table", "show_stage",
    "show_closed_form", "summary_table", "path_figure", "folding_table", "worked_steps", "T * 10**9",
)  # fmt: skip
PATHS = (
    "subject", "derivation", "report", "_subject", "__class__", "__mro__", "__subclasses__", "__globals__",
    "__init__", "func", "keywords", "args", "format", "format_map", "mro", "gi_frame", "cr_frame", "f_globals",
    "open", "read_text", "write_text", "environment", "_templates", "count", "kind", "names", "formula", "append",
    "copy", "items", "join", "0", "-1",
)  # fmt: skip
FILTERS = (
    "length", "upper", "list", "join", "map('upper')", "map(attribute='__class__')", "attr('__class__')",
    "attr('report')", "tojson", "pprint", "xmlattr", "first", "last", "sort", "batch(3)", "slice(0)", "format",
    "center(9)", "indent(99)", "wordwrap(0)", "round", "int", "float", "string", "safe", "escape", "urlize", "random",
    "sum", "groupby('x')", "select", "reject('odd')", "replace('a','aa')", "truncate(-1)", "dictsort",
    "filesizeformat", "default", "unique", "nothing",
)  # fmt: skip


OPERATORS = ("+", "*", "~", "/", "//", "%", "**", "in", "is", "==", "if", "and")
PLACES = (
    "base/en/handout.md.j2", "en/handout.md.j2", "../secret", "/etc/passwd", "nothing", "shell/typesetting.toml",
    "en/words.toml",
)  # fmt: skip
TAGS = ("block b", "filter upper", "call m(1)", "raw", "autoescape true", "do 1", "endfor", "with a=1")
PROSE = (
    "text", "# Title", "- item", "> note", "`code`", "| a | b |\n|---|---|\n| 1 | 2 |", "<b>html</b>", "![picture](x.png)",
    "[link](javascript:1)", "***",
)  # fmt: skip


def expression(rng: random.Random, depth: int = 2) -> str:
    """An expression of a template."""
    if depth == 0:
        return rng.choice(FACTS)
    inner = expression(rng, depth - 1)
    match rng.randrange(10):
        case 0 | 1:
            return f"{inner}.{rng.choice(PATHS)}"
        case 2:
            return f"{inner}['{rng.choice(PATHS)}']"
        case 3 | 4:
            given = ", ".join(expression(rng, depth - 1) for _ in range(rng.choice((0, 0, 1, 1, 2))))
            return f"{inner}({given})"
        case 5 | 6:
            return f"{inner}|{rng.choice(FILTERS)}"
        case 7:
            return f"{inner} {rng.choice(OPERATORS)} {expression(rng, depth - 1)}"
        case 8:
            return (
                f"'{rng.choice(('{0.__class__}', '%s', '{0.subject}', '%99999999d', '{:99999999}'))}'.format({inner})"
            )
        case _:
            return f"({inner})"


def piece(rng: random.Random, depth: int = 2) -> str:
    """A piece of a template."""
    inner = piece(rng, depth - 1) if depth else rng.choice((*PROSE, rng.choice(NASTY)))
    match rng.randrange(14):
        case 0 | 1 | 2 | 3:
            return f"{{{{ {expression(rng)} }}}}"
        case 4:
            return f"{{% for a in {expression(rng)} %}}{inner}{{% endfor %}}"
        case 5:
            return f"{{% for a in range({rng.choice((3, 10**5, 10**9))}) %}}{inner}{{% endfor %}}"
        case 6:
            return f"{{% if {expression(rng)} %}}{inner}{{% endif %}}"
        case 7:
            return f"{{% macro m(a) %}}{inner}{{{{ m(a) }}}}{{% endmacro %}}{{{{ m(1) }}}}"
        case 8:
            return f"{{% {rng.choice(('include', 'extends', 'import'))} '{rng.choice(PLACES)}' {rng.choice(('', 'as a'))} %}}"
        case 9:
            return f"{{% set a = {expression(rng)} %}}{{{{ a * {rng.choice((3, 10**6, 5 * 10**9))} }}}}"
        case 10:
            return f"{{% {rng.choice(TAGS)} %}}{inner}"
        case _:
            return inner


def template(rng: random.Random) -> str:
    """A story: a title, a subtitle and what else there is."""
    return "# Title\n\nSubtitle\n\n" + "\n\n".join(piece(rng) for _ in range(rng.choice((1, 1, 2, 4))))


def command(rng: random.Random, network_file: str, values_file: str, template_file: str) -> str:
    """A command line and the files it speaks of, as JSON."""
    option: dict[str, Callable[[], list[str]]] = {
        "-T": lambda: [rng.choice(("1", "2", "2", "3", "4", "0", "-1", "1.5", "", "9" * 30, "٣", "x"))],
        "--network": lambda: [
            rng.choice(
                ("network.toml",) * 6 + ("elman", "gru-scalar", "show", "elmann", "..", "/dev/null", "missing.toml")
            )
        ],
        "--locale": lambda: [rng.choice(("en", "zh", "zh", "fr", "", "../en", "shell"))],
        "--values": lambda: [rng.choice(("values.toml", "values.toml", "missing", ".", "/dev/null"))],
        "--set": lambda: [
            rng.choice(
                ("w=0.5", "x=1,0", "w_h=1/3", "x=[1,0]", "w=", "=1", "w", "h_0=1", "w=[[1,2],[3,4]]", rng.choice(NASTY))
            )
        ],
        "--digits": lambda: [rng.choice(("1", "4", "30", "31", "0", "x"))],
        "--max-paths": lambda: [rng.choice(("1", "40", "100000", "0"))],
        "--with": lambda: [rng.choice((*CHAPTERS, "all", "groups,lags", "nothing", ","))],
        "--truncate": lambda: [rng.choice(("1", "2,1", "5", "1,2", "0", "-1", "x", "2,", "9" * 20))],
        "--main": lambda: [rng.choice(("w_h", "w", "W", "h_0", "x", "L", "", rng.choice(NASTY)))],
        "--zoom": lambda: [rng.choice(("auto", "equations", "states", "states", "near"))],
        "--limit": lambda: [
            rng.choice(
                ("equations=500", "paths=9", "paths=100000", "work=5", "steps=1", "work=-1", "file=10", "x=1", "=", "=")
            )
        ],
        "--templates": lambda: ["templates"],
    }
    verb = rng.choice(("report", "report", "show", "show", "show", "paths", "networks", "nothing"))
    if verb == "report":
        option |= {
            "--format": lambda: [rng.choice(("md", "tex", "md,tex", "docx", "", ","))],
            "--engine": lambda: [rng.choice(("typst", "auto", "word"))],
            "--full-tables": list,
        }
    arguments = [
        verb,
        *([rng.choice(("w", "w_h", "h[1]", "x[2]", "h_0", "L", "", rng.choice(NASTY)))] if verb == "paths" else []),
    ]
    if verb != "networks":
        arguments += ["--network", *option["--network"]()]
        for name in rng.sample(tuple(option), rng.choice((0, 1, 1, 2, 3))):
            arguments += [name, *option[name]()]
    if verb == "report" and "--format" not in arguments:
        arguments += ["--format", "md"]
    if rng.random() < 0.1:
        arguments[rng.randrange(len(arguments))] = rng.choice((*NASTY, "--help", "--version", "--nothing", "-h"))
    return json.dumps(
        {"arguments": arguments, "network.toml": network_file, "values.toml": values_file, "template": template_file}
    )
