"""What tests share: the check for a complete TeX, golden files, options."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from derive.report.alike import RECENT
from derive.report.engines.engines import latex_is_complete

GOLDEN = Path(__file__).with_name("golden")

# How long an example takes says what else the machine does. Otherwise as it was, in CI or for a deliberate fault.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden``, to renew the golden files, and ``--all-faults``, to try more faults than the sample."""
    parser.addoption("--update-golden", action="store_true", help="renew the golden files")
    parser.addoption("--all-faults", action="store_true", help="try every deliberate fault in tests/faults")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin with nothing kept of handouts before; skip a test marked ``tex`` where there is no TeX.

    Where CI is set, that is a failure.
    """
    RECENT.clear()
    if item.get_closest_marker("tex") is not None:
        _require_tex()


@pytest.fixture
def needs_tex() -> None:
    """Skip the test where there is no complete TeX; where CI is set, that is a failure."""
    _require_tex()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a check that a text equals the golden file of that name.

    ``pytest --update-golden``, or DERIVE_GOLDEN=1 in the environment, writes the file instead.
    """
    renew = request.config.getoption("--update-golden") or os.environ.get("DERIVE_GOLDEN") == "1"

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if renew:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return check


def _require_tex() -> None:
    reason = _tex_reason()
    if reason is None:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI is set, and {reason}")
    pytest.skip(reason)


@cache
def _tex_reason() -> str | None:
    """Why a test cannot look at a PDF made by TeX, if so."""
    missing = [name for name in ("pdftotext", "pdftoppm") if shutil.which(name) is None]
    return f"poppler's {missing[0]} is missing: `make tex` installs it." if missing else latex_is_complete()
