"""Bad: answers that are none, by which a campaign itself is tried; in a module of their own, as a worker gets them by name."""

from __future__ import annotations

import os
import random

from fuzz.targets import Answer


def answers_like_nothing(given: str) -> Answer:
    """Do what the input says."""
    match given:
        case "raise":
            raise KeyError(given)
        case "hang":
            while True:
                pass
        case "grow":
            return Answer("value", str(len(bytearray(10**10))))
        case "end":
            return Answer("value", str(random.seed(1) or os._exit(7)))
    return Answer("value", given[:1])


def falls_over_x_and_y(given: str) -> Answer:
    """Raise where both letters are there."""
    return answers_like_nothing("raise" if "x" in given and "y" in given else "")
