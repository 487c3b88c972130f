"""Alike: handouts that are told alike have what they have in common made once, and nobody sees that from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from derive.derivation import derive
from derive.report.alike import RECENT, Common, Looks
from derive.report.options import Options
from derive.report.publish import made

VALUES: tuple[Mapping[str, Any], ...] = (
    {"w_h": "-0.9"},
    {"w_h": "1/3", "x": ["1", "0"]},
    {"w_x": 0, "w_y": "-2"},
    {"w_h": "-0.9"},
)


def handouts(
    network: str, steps: int, values: tuple[Mapping[str, Any], ...], **options: Any
) -> list[Mapping[str, bytes]]:
    """The files of a handout for each of some values, one after another."""
    return [made(derive(network, steps), Options(engine="typst", values=each, **options)).files for each in values]


def alone(network: str, steps: int, values: tuple[Mapping[str, Any], ...], **options: Any) -> list[Mapping[str, bytes]]:
    """The same, each as if it were the first."""
    found = []
    for each in values:
        RECENT.clear()
        found += handouts(network, steps, (each,), **options)
    return found


def test_a_handout_is_the_same_after_others() -> None:
    """What was made for other values before changes nothing in Markdown and LaTeX."""
    wanted = {"formats": ["md", "tex"]}
    assert handouts("elman", 2, VALUES, **wanted) == alone("elman", 2, VALUES, **wanted)


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("more", [{}, {"chapters": ["all"]}, {"brief": True}])
def test_every_format_is_the_same_after_others(locale: str, more: dict[str, Any]) -> None:
    """Nor does it in any other format, with chapters, or in brief."""
    wanted = {"formats": ["pdf", "md", "tex", "html", "ipynb"], "locale": locale, **more}
    assert handouts("elman", 2, VALUES, **wanted) == alone("elman", 2, VALUES, **wanted)


def test_what_is_of_one_derivation_is_not_anothers() -> None:
    """Another T, language or digits, and what is told begins anew."""
    first = made(derive("elman", 2), Options(formats=["md"])).files
    for steps, options in ((3, {}), (2, {"locale": "zh"}), (2, {"digits": 6})):
        assert made(derive("elman", steps), Options(formats=["md"], **options)).files != first
    assert made(derive("elman", 2), Options(formats=["md"])).files == first


def test_what_looks_at_the_example_is_made_for_each() -> None:
    """What is made by a look at the example is no part of what handouts have in common, nor is what asks for it in turn."""
    common, looks = Common(), Looks()

    def number() -> int:
        looks.times += 1
        return 7

    assert looks.kept(common, "number", number) == looks.kept(common, "number", number) == 7
    assert looks.kept(common, "text", lambda: f"{looks.kept(common, 'number', number)}") == "7"
    assert looks.kept(common, "letter", lambda: "L") == "L"
    assert list(common.found) == ["letter"]
