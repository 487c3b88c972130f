"""The part of a page that answers: its frame, the facts for its script, and the script with the network's program in it.

Without a script the frame stays hidden, and the page is the handout.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any, Final

from derive.notation.formula import Formula
from derive.report.document import Live
from derive.report.narrative.folders import packaged
from derive.report.writers.html_formulas import Formulas
from derive.report.writers.html_pictures import picture_svg

_TYPES: Final = re.compile(r"/\*\* (?:@\w+ )*\{?[^*]*?\*/ ?|^// .*\n|^/\*\*? .*\*/\n|^ +(?=\S)", re.MULTILINE)
"""What only the type checker reads."""
_FILES: Final = ("arithmetic", "network", "selections", "exhibits", "axis", "opened", "handout", "reader")
"""The files of ``templates/shell/live``, in the order in which they follow one another."""
_PLACE: Final = "/*PROGRAM*/null"


def frame(live: Live, formulas: Formulas) -> str:
    """Return the elements that the script fills, with what it fills them from."""
    say: Any = live.facts["say"]
    facts = json.dumps(live.facts, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    shown = list(live.formulas)

    def labelled(formula: Formula) -> str:
        """The place of a formula among those that the script puts in: the pictures share theirs."""
        if formula not in shown:
            shown.append(formula)
        return str(shown.index(formula))

    pictures = "\n".join(
        f'<template class="live-picture" data-steps="{steps}">'
        f"{picture_svg(picture, say['graph'], labelled, bare=True)}</template>"
        for steps, picture in live.pictures.items()
    )
    if live.cell is not None:
        pictures += f'\n<template id="live-cell">{picture_svg(live.cell, say["cell"], labelled, bare=True)}</template>'
    made = "".join(f"<i>{formulas.bare(formula)}</i>" for formula in shown)
    return f"""<section id="live" aria-labelledby="live-title">
<h2 id="live-title">{escape(say["title"])}</h2>
<p>{escape(say["lede"])} <span class="soft">{escape(say["keys"])}</span></p>
<div id="live-controls" role="group" aria-label="{escape(say["settings"])}"></div>
<div id="live-results"></div>
<p class="unseen" role="status" aria-live="polite" id="live-status"></p>
<div id="live-note" hidden></div>
<div class="live-columns">
<div class="scroll" id="live-time" role="region" aria-label="{escape(say["time"])}" tabindex="0">
{_part("graph", say, _filled("picture") + _filled("reading") + _opened(say), "graph_about")}
{_part("triangle", say, _filled("triangle"), "shade")}
{_part("numbers", say, _filled("numbers"))}
</div>
<div>
{_part("folding", say, _folding(say))}
{_part("reach", say, _filled("reach"), "reach_about")}
{_part("every", say, _box("words"))}
</div>
</div>
<script type="application/json" id="live-facts">{facts}</script>
<template id="live-formulas">{made}</template>
{pictures}
</section>"""


def script(live: Live) -> str:
    """Return the script of the page, with the program of the network in it."""
    folder = packaged() / "shell" / "live"
    files = (_TYPES.sub("", (folder / f"{name}.js").read_text(encoding="utf-8")) for name in _FILES)
    text = "".join(files).replace(_PLACE, live.program.replace("</", "<\\/"))
    return f"(() => {{\n'use strict';\n{text}}})();\n"


def _part(name: str, say: Any, body: str, about: str = "") -> str:
    """An exhibit under its heading, and what is said of it below."""
    heading = f'<h3 id="live-{name}-title">{escape(say[name])}</h3>'
    below = f'\n<p class="note">{escape(say[about])}</p>' if about else ""
    return f'<section aria-labelledby="live-{name}-title">{heading}\n{body}{below}</section>'


def _filled(name: str) -> str:
    """What the script fills."""
    return f'<div id="live-{name}"></div>'


def _box(name: str) -> str:
    """What the script fills, and what scrolls by itself if it is wide."""
    return f'<div class="scroll" tabindex="0" id="live-{name}"></div>'


def _opened(say: Any) -> str:
    """An arrow of the graph, opened."""
    return f'<div id="live-opened" role="region" aria-label="{escape(say["opened"])}" hidden></div>'


def _folding(say: Any) -> str:
    return (
        f'<div class="steps"><button type="button" id="live-back">{escape(say["back"])}</button><span id="live-at"></span>'
        f'<button type="button" id="live-next">{escape(say["next"])}</button>'
        '<span class="soft" id="live-products"></span></div>\n'
        '<div class="scroll" tabindex="0"><ol id="live-fold"></ol></div>'
    )
