"""Live pictures: the graph of the states with the bar of the parameter, for each T, and the places of letters beside arrows.

A step is laid out once and repeated, so a letter has the same place beside its arrow at every step, and for every T.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from derive.derivation import Derivation
from derive.graph import Unrolled
from derive.notation.express import NUMBERS
from derive.notation.formula import Formula
from derive.notation.measure import width
from derive.paths import Letter, Place, States
from derive.report.document import STEP, Picture, Point, Shape
from derive.report.document import Node as Circle
from derive.report.exhibits import graphs, level
from derive.report.exhibits.diagram import arrow, key, keyed, nodes, picture, role_back
from derive.report.exhibits.drawing import Drawing, Stroke
from derive.report.exhibits.labels import EM, LABEL_HEIGHT, Crowd, high
from derive.report.exhibits.lettered import letter_of
from derive.report.exhibits.live_spacing import SPACINGS, nearer, pitch_of
from derive.report.exhibits.unrolling import Unrolling
from derive.report.exhibits.words import letter_symbol
from derive.report.subject import Subject

WIDEST = 40.0
"""A picture on a page may be so wide, in cm: it scrolls in its box."""
ROOM = 13.0
"""So much of a page is there for steps, in cm; where they are wider they are put nearer to one another."""
ALIKE = 3
"""With so many steps one is between two others, as all but the first and last of more are."""
NUMBER = (0.74, 0.34)
"""The room of a number under a letter, in cm."""


def drawings(subject: Subject, states: States, most: int) -> Mapping[int, Drawing]:
    """The graph for every T up to ``most`` at which it is drawn truly and whole."""
    found = ((steps, _drawing(_at(subject, states, steps), states, steps)) for steps in range(1, most + 1))
    return _near(subject, states, {steps: drawn for steps, drawn in found if drawn is not None and not drawn.elided})


def _near(subject: Subject, states: States, found: Mapping[int, Drawing]) -> Mapping[int, Drawing]:
    """Drawings that are wide with their steps as near to one another as the laws and the letters beside arrows allow."""
    wide = {steps: drawing for steps, drawing in found.items() if steps * (pitch_of(found) or 0) > ROOM}
    if not wide:
        return found
    few = min(found, key=lambda steps: abs(steps - ALIKE))
    wanted = label_places(subject, states, found[few])
    for spacing in SPACINGS:
        near = nearer({few: found[few]} | wide, *spacing)
        labelled = label_places(subject, states, near[few]) if near else {}
        if near and all(letter in labelled and labelled[letter][2] == last for letter, (*_, last) in wanted.items()):
            return {steps: near.get(steps, drawing) if steps in wide else drawing for steps, drawing in found.items()}
    return found


def pictured(subject: Subject, states: States, steps: int, drawing: Drawing) -> Picture:
    """A drawing with keys by which a script finds arrows and nodes; arrows the way of the derivative."""
    about = _at(subject, states, steps)
    shapes: list[Shape] = [
        keyed(arrow(stroke, role_back(about, stroke), back=True), stroke) for stroke in drawing.strokes
    ]
    places = [dot.node for dot in drawing.dots] + [bar.node for bar in drawing.bars]
    for node, shape in zip(places, nodes(about, drawing, NUMBERS), strict=True):
        shapes.append(replace(shape, key=key(node)) if isinstance(shape, Circle) else shape)
    return picture(drawing, shapes)


def label_places(subject: Subject, states: States, drawing: Drawing) -> Mapping[Letter, tuple[float, float, bool]]:
    """Where a letter stands, in cm from where its arrow begins, x to the right and y down; whether it has a number under it.

    Nowhere if there is no room beside one of its arrows; of arrays there are no numbers.
    """
    named = {stroke: letter_of(stroke, states.letters) for stroke in drawing.strokes if stroke.whole}
    shown = {
        stroke: letter_symbol(subject, Place(place.letter, STEP % 10), states.letters)
        for stroke, place in named.items()
        if place is not None and (stroke.tail.step is None or stroke.tail.step >= 1)
    }
    of = {stroke: place.letter for stroke, place in named.items() if place is not None and stroke in shown}
    ways = (shown, dict(sorted(shown.items(), key=lambda found: _upright(found[0]))))
    found = (_beside(drawing, way, of, scalar=subject.derivation.network.is_scalar) for way in ways)
    return max(found, key=lambda places: sum(1 + numbered for *_, numbered in places.values()))


def _beside(
    drawing: Drawing, shown: Mapping[Stroke, Formula], of: Mapping[Stroke, Letter], *, scalar: bool
) -> Mapping[Letter, tuple[float, float, bool]]:
    """Places of letters that are put there in the order in which they are given, first those with numbers."""
    strokes = Counter(of.values())
    crowd, found = Crowd(drawing), dict[Letter, tuple[float, float, bool]]()
    for numbered in (True, False) if scalar else (False,):
        wide, tall = NUMBER if numbered else (0.0, 0.0)
        wanted = {stroke: max(width(symbol) * EM, wide) for stroke, symbol in shown.items() if of[stroke] not in found}
        crowd.on_arrows(wanted, max(map(high, shown.values()), default=LABEL_HEIGHT) + tall)
        at: dict[Letter, list[Point]] = {}
        for tag in crowd.tags:
            if isinstance(tag.of, Stroke) and of[tag.of] not in found:
                x, y = tag.of.route.reversed.start
                at.setdefault(of[tag.of], []).append((round(tag.at[0] - x, 2), round(y - tag.at[1], 2)))
        whole = {letter for letter, places in at.items() if len(places) == strokes[letter] and len(set(places)) == 1}
        found |= {letter: (*at[letter][0], numbered) for letter in whole}
        crowd.tags = [tag for tag in crowd.tags if isinstance(tag.of, Stroke) and of[tag.of] in found]
    return found


def _upright(stroke: Stroke) -> bool:
    """Whether an arrow leads up more than across: its letter finds room higher or lower, that of a level one does not."""
    (x, y), (u, v) = stroke.route.start, stroke.route.end
    return abs(v - y) > abs(u - x)


def _at(subject: Subject, states: States, steps: int) -> Subject:
    """The same network over so many steps."""
    unrolled = Unrolled(states.unrolled.graph, steps)
    return replace(subject, derivation=Derivation(subject.derivation.network, unrolled))


def _drawing(about: Subject, states: States, steps: int) -> Drawing | None:
    seen, main = level.states(about.derivation.graph).backward, states.target
    return Unrolling(
        graphs.wiring(about, seen),
        steps,
        about.derivation.unrolled.loss_steps,
        seen.names,
        tuple(seen.links),
        main,
        tuple(seen.uses[main.name]),
        widest=WIDEST,
        fixed=tuple(seen.fixed),
        counted=True,
    ).drawing
