"""API: the derivation as a person uses it — the mathematics, shown as formulas in a notebook and as a handout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from warnings import warn

from derive.derivation import Derivation, Gradient, derive
from derive.errors import ValuesError
from derive.shown import filled_in_by, handout, handouts

__all__ = ["Derivation", "Gradient", "derive"]

filled_in_by("derive.notebook")
filled_in_by("derive.symbolic")


@handout.register
def _(derivation: Derivation, folder: Path, keywords: dict[str, Any]) -> tuple[Path, ...]:
    from derive.report.options import Options  # noqa: PLC0415 - the writers load only when asked for
    from derive.report.publish import made  # noqa: PLC0415
    from derive.report.write import write  # noqa: PLC0415

    made_here = made(derivation, Options(**keywords))
    places = write(made_here.files, folder)
    for failure in made_here.failures.values():
        raise failure
    if made_here.remark:
        warn(made_here.remark, stacklevel=4)
    return places


@handouts.register
def _(derivation: Derivation, folder: Path, rows: Any, keywords: dict[str, Any]) -> tuple[Any, ...]:
    from derive.report.many import all_made  # noqa: PLC0415
    from derive.report.options import Options  # noqa: PLC0415
    from derive.report.rows import Row, rows_of  # noqa: PLC0415

    executor, seed = keywords.pop("executor"), keywords.pop("seed")
    if isinstance(rows, Mapping):
        found: tuple[Row, ...] | None = tuple(Row(name, values) for name, values in rows.items())
    else:
        found = rows_of(Path(rows), derivation.network, derivation.steps, seed)
    if found is None:
        raise ValuesError(f"{rows}: these are the values of one handout; rows stand in a .csv file, or under [ranges]")
    return all_made(derivation, Options(**keywords), found, folder, executor)
