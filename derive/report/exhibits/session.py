"""Session: how the tables of a handout are made again in Python, by the public interface, for this network and these values.

What is a value of the mathematics shows itself as that; any other table is had from the handout, by its label.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from derive.characters import visible
from derive.errors import NetworkError
from derive.limits import DEFAULT, Limits
from derive.network import Network, from_toml, load, ready_made
from derive.report.document import Display, Document, Session, Table
from derive.report.exhibits.tables import by_step_values, check_table, gradient_values
from derive.report.options import Options
from derive.report.subject import Subject

_PARTS: Final = {
    "tab-forward": "example.forwards",
    "tab-backward": "example.backwards",
    "tab-gradients": "example.gradients",
    "tab-by-step": "example.gradients_by_step",
    "tab-checks": "lesson.checks(example)",
}
_SHOWN: Final = ("most_paths", "main", "zoom")
"""Options by which values show themselves."""
_TOLD: Final = ("digits", "chapters", "truncate", "brief", *_SHOWN)
"""Options that decide which exhibits a handout has, beside its language and values."""


def session(subject: Subject, document: Document) -> Session:
    """Return what makes the tables of a document.

    Raises `NetworkError` for a network that is known as an object only, which no text could make again.
    """
    return Session(subject.word("session"), "\n".join(_setup(subject)), dict(_code(subject, document)), _bare(subject))


def _setup(subject: Subject) -> Iterator[str]:
    """What every other cell needs: the network, the derivation, the worked example."""
    network, options = subject.derivation.network, subject.options
    is_own = not _is_ready_made(network)
    yield f"from derive import derive{', from_toml' * is_own}"
    limits = _raised(network.limits)
    if is_own and limits:
        yield "from derive.limits import DEFAULT"
    shown = _differing(options, ("locale", *_SHOWN))
    if shown:
        yield f"from derive.notebook import show_in\n\nshow_in({_arguments(shown)})"
    yield ""
    if is_own:
        bounds = f", limits=DEFAULT.raised({limits!r})" if limits else ""
        yield f"network = from_toml({_quoted(_text(network))}, {_word(network.name)}{bounds})"
    called = "network" if is_own else _word(network.name)
    yield f"lesson = derive({called}, {subject.steps}{'' if is_own or not limits else f', {limits!r}'})"
    values = ""
    if options.values:
        yield f"values = {_literal(options.values)}"
        values = "values, "
    yield f"example = lesson.evaluate({values}places={options.digits})"


def _code(subject: Subject, document: Document) -> Iterator[tuple[Hashable, str]]:
    """The code of each table, and of the gradients where they fill none."""
    gradients = subject.derivation.single_gradients
    known = dict(_PARTS)
    for label, gradient in gradients.items():
        name, step = gradient.target
        node = _word(name if step is None else f"{name}[{step}]")
        known[f"tab-paths-{label}"] = f"example.paths({node})"
        known[f"tab-lags-{label}"] = f"lesson.accounts(example, {node})"
    for made, code in ((gradient_values, "example.gradients"), (by_step_values, "example.gradients_by_step")):
        if isinstance(found := made(subject), Display):
            yield found, code
    told = _told(subject.options)
    for block in document.flat:
        if not isinstance(block, Table):
            continue
        if block.label in known:
            yield block.label, known[block.label]
        else:
            yield block.label, f"{told}told[{_word(block.label)}]"
            told = ""


def _bare(subject: Subject) -> Mapping[str, Table]:
    """The table of what the checks found; the handout's own says within what they have to agree, and what was read."""
    found = subject.derivation.verification(subject.evaluation).checks()
    table = check_table(replace(subject, compared=found))
    return {table.label: table}


def _told(options: Options) -> str:
    """What has the handout told, before the first of its exhibits is asked for."""
    given = _differing(options, ("locale", *_TOLD))
    values = "values=values, " if options.values else ""
    return f"told = lesson.exhibits({values}{_arguments(given)}".removesuffix(", ") + ")\n"


def _is_ready_made(network: Network) -> bool:
    return network.name in ready_made() and load(network.name) == network


def _text(network: Network) -> str:
    """The TOML that a network was read from, if it is that network still."""
    if network.text and from_toml(network.text, network.name, network.origin, network.limits) == network:
        return network.text
    raise NetworkError(
        f"{network.where}a notebook holds its network as text, and this one was made in Python; write it as a TOML file, or as "
        "text for derive.from_toml"
    )


def _quoted(text: str) -> str:
    """A text as a literal over several lines, if these show all that is in it."""
    lines = text.replace("\r\n", "\n")
    plain = "'''" not in lines and not lines.endswith(("'", "\\")) and "\r" not in lines
    if plain and all(visible(line) == line for line in lines.replace("\t", " ").split("\n")):
        return f"r'''\n{lines}'''"
    return ascii(text)


def _raised(limits: Limits) -> dict[str, int]:
    """The limits that are not what they are unless somebody says so."""
    found = {field.name: getattr(limits, field.name) for field in fields(limits)}
    return {name: number for name, number in found.items() if number != getattr(DEFAULT, name)}


def _differing(options: Options, names: Iterable[str]) -> dict[str, Any]:
    """The options that are not the usual ones."""
    usual = Options()
    found = {name: getattr(options, name) for name in names}
    return {name: value for name, value in found.items() if value != getattr(usual, name)}


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_literal(value)}" for name, value in given.items())


def _literal(value: Any) -> str:
    """A value as a user gives it, as Python; a number that is no whole one as its text, which is exact."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(name)}: {_literal(entry)}" for name, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if hasattr(value, "tolist"):
        return _literal(value.tolist())
    return repr(value) if isinstance(value, int | float) else _word(str(value))


def _word(text: str) -> str:
    """A short text as Python, in double quotation marks, with what is not seen by its number."""
    return json.dumps(text, ensure_ascii=visible(text) != text)
