"""Templates: the sandbox they run in, and what is said when one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_templates import put

from derive.errors import NarrativeError
from derive.report.narrative.templates import environment, render


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    """A template that uses a name nobody gave it is told so, with file and line."""
    own = environment(put(tmp_path, "en/x.md.j2", "one\ntwo {{ three }}\n"))
    with pytest.raises(NarrativeError, match=r"template en/x\.md\.j2, line 2: 'three' is undefined"):
        render(own, "en/x.md.j2")


def test_a_malformed_template_is_an_error(tmp_path: Path) -> None:
    """A mistake in the marks is told with file and line."""
    own = environment(put(tmp_path, "en/x.md.j2", "one\n{% if %}\n"))
    with pytest.raises(NarrativeError, match=r"template en/x\.md\.j2, line 2: "):
        render(own, "en/x.md.j2")


def test_a_missing_template_is_an_error(tmp_path: Path) -> None:
    """A template that is nowhere is named."""
    for asked, said in (("[]", "it asks for no template"), ("['a', 'b']", "there is no template a, b")):
        own = environment(put(tmp_path, "en/x.md.j2", f"{{% include {asked} %}}"))
        with pytest.raises(NarrativeError, match=f"template en/x.md.j2: {said}$"):
            render(own, "en/x.md.j2")
    with pytest.raises(NarrativeError, match=r"there is no template en/none\.md\.j2"):
        render(environment(), "en/none.md.j2")


def test_templates_run_in_a_sandbox(tmp_path: Path) -> None:
    """A template cannot reach into Python."""
    own = environment(put(tmp_path, "en/x.md.j2", "{{ ''.__class__.__mro__ }}"))
    with pytest.raises(NarrativeError, match="a template sees no “__class__” of a text"):
        render(own, "en/x.md.j2")


def test_a_template_leads_to_no_other_file(tmp_path: Path) -> None:
    """A template includes templates, and nothing else on the disk."""
    (tmp_path / "secret").write_text("secret")
    own = environment(put(tmp_path / "own", "en/x.md.j2", '{% include "../secret" %}'))
    with pytest.raises(NarrativeError, match="there is no template"):
        render(own, "en/x.md.j2")
