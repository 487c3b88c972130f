"""Derivation: the whole way from forward equations to checked gradients, as one value.

network → rolled graph → unrolled graph → paths → recurrence → numbers → checks
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.checks import Checks, General, Verification
from derive.errors import DeriveError
from derive.graph import Graph, Loss, Node, Unrolled, located, read_node, targets
from derive.limits import DEFAULT, Limits
from derive.network import Given, Network, load
from derive.numbers import Evaluation, evaluate, initial_label, resolve
from derive.paths import PathSum
from derive.recurrence import Gradient, GradientByStep, Recurrence, Rule
from derive.shown import Named, Several, Shown, exhibits, handout, handouts, symbolic

# What a handout can do without is imported where it is asked for: nobody waits for what is not used.
if TYPE_CHECKING:
    from concurrent.futures import Executor

    from derive.costs import Ledger
    from derive.groups import Accounts, Ranked, Transfer
    from derive.numbers import System
    from derive.paths import States
    from derive.programs import Program, SharedGraph
    from derive.recurrence import ForwardRecurrence, Truncation
    from derive.review import Comparison


@dataclass(frozen=True, repr=False)
class Derivation(Shown):
    """A network's backpropagation through time over T steps.

    >>> derivation = derive("elman", 3)
    >>> derivation.paths("w_h").count
    6
    >>> str(derivation.evaluate().show(derivation.evaluate().gradient(Node("w_h"))))
    '0.1577'
    >>> [stage.kind for stage in derivation.gradients["w_h"].steps]
    ['products', 'grouped', 'factored', 'recognised']
    """

    network: Network
    unrolled: Unrolled

    @property
    def graph(self) -> Graph:
        """The linearized computational graph, rolled: equations for a general step."""
        return self.unrolled.graph

    @property
    def steps(self) -> int:
        """T."""
        return self.unrolled.steps

    @cached_property
    def loss(self) -> Loss:
        """L, as a sum and written out."""
        return Loss(self.unrolled)

    @cached_property
    def recurrence(self) -> Recurrence:
        """The backward recurrence for general t."""
        return Recurrence(self.unrolled.graph)

    @cached_property
    def rules(self) -> Named[Rule]:
        """The rule of each named adjoint."""
        return Named(self.recurrence.rules)

    @cached_property
    def targets(self) -> tuple[Node, ...]:
        """What gradients are taken by."""
        return targets(self.unrolled)

    @cached_property
    def gradients(self) -> Named[Gradient | GradientByStep]:
        """The gradient of every parameter by its name, of an initial value by its label (``h_0``), of data for general t."""
        return Named({**self._by_name, **self.gradients_by_step})

    @cached_property
    def gradients_by_step(self) -> Named[GradientByStep]:
        """The gradients by data that were asked for, each for general t."""
        network = self.network
        wanted = (name for name in network.by if name in network.data)
        return Named({name: GradientByStep(name, self.recurrence, self.unrolled) for name in wanted})

    @cached_property
    def single_gradients(self) -> Named[Gradient]:
        """The gradients by one quantity each: those by name; where there are none, by the data of the first step (``x_1``)."""
        first = {f"{name}_1": found.at(1) for name, found in self.gradients_by_step.items()}
        return Named(self._by_name or first)

    @cached_property
    def _by_name(self) -> dict[str, Gradient]:
        labels = {
            target.name if target.step is None else initial_label(target, self.steps): target
            for target in self.targets
            if target.step is None or not 1 <= target.step <= self.steps
        }
        return {label: Gradient(target, self.recurrence, self.unrolled) for label, target in labels.items()}

    def node(self, name: str, step: int | None = None) -> Node:
        """Return the node of that name (and step), also written ``h[2]``, or raise `NetworkError` saying which there are."""
        return located(self.unrolled, read_node(name) if step is None else Node(name, step))

    def paths(self, name: str, step: int | None = None) -> PathSum:
        """Return all paths from L to a parameter, or to a variable, datum or initial state at a step.

        >>> derive("elman", 3).paths("x[1]").count
        3
        """
        node = self.node(name, step)
        if node not in self._paths:
            self._paths[node] = PathSum(self.unrolled, node)
        return self._paths[node]

    @cached_property
    def _paths(self) -> dict[Node, PathSum]:
        """The path sums that were asked for, so that each is counted once."""
        return {}

    def in_sympy(self, value: object) -> Any:
        """Return a path, rule, closed form or whatever belongs to this derivation as a SymPy expression to go on with."""
        return symbolic(value, self.network)

    def states(self, name: str, step: int | None = None) -> States:
        """Return the paths from L to a target at the level of states: letters, words, the triangle of loss and use."""
        from derive.paths import States

        node = self.node(name, step)
        if node not in self._states:
            self._states[node] = States(self.unrolled, node)
        return self._states[node]

    @cached_property
    def _states(self) -> dict[Node, States]:
        """The words that were asked for, so that those to a node are counted once."""
        return {}

    def evaluate(self, values: Mapping[str, Given] | None = None, places: int = 4) -> Evaluation:
        """Return the worked example at the values given (the network's own for the rest), digits guaranteed."""
        return evaluate(self.recurrence, self.unrolled, resolve(self.network, self.steps, values), places)

    def checks(self, values: Mapping[str, Given] | Evaluation | None = None) -> Checks:
        """Run every independent route on the worked example, given or at the values given."""
        example = values if isinstance(values, Evaluation) else self.evaluate(values)
        return self.verification(example).checks()

    def accounts(self, evaluation: Evaluation, name: str, step: int | None = None) -> Accounts:
        """Return exact numbers and sums of groups of paths, by lag, step, crossings or edges, without enumeration."""
        from derive.groups import Accounts

        return Accounts(evaluation, self.node(name, step))

    def largest(self, evaluation: Evaluation, name: str, k: int = 10) -> Several[Ranked]:
        """Return the k paths to a target whose products are largest in magnitude, without enumeration of the rest."""
        from derive.groups import largest_paths

        return Several(largest_paths(evaluation, self.node(name), k))

    def truncation(self, through: int, every: int = 1) -> Truncation:
        """Return BPTT truncated after ``through`` steps (k2), run every ``every`` steps (k1; Williams & Peng 1990)."""
        from derive.recurrence import Truncation

        return Truncation(self.recurrence, self.unrolled, through, every)

    def forward(self, name: str, step: int | None = None) -> ForwardRecurrence:
        """Return forward accumulation (RTRL) for a target: the mirror image of the backward recurrence."""
        from derive.recurrence import ForwardRecurrence

        return ForwardRecurrence(self.unrolled.graph, self.node(name, step))

    @cached_property
    def ledger(self) -> Ledger:
        """What each way of folding costs, in multiplications and additions."""
        from derive.costs import Ledger

        return Ledger(self.recurrence)

    def transfer(self, evaluation: Evaluation) -> Transfer:
        """Return what crosses from step to step: transfer Jacobians, their norms and spectral radii."""
        from derive.groups import Transfer

        return Transfer(evaluation)

    def values_from(self, source: Any) -> dict[str, Any]:
        """Return the values of parameters that a module of PyTorch, a layer of Keras, arrays by name or a file of these hold.

        Gates are told apart whatever their order, two biases of a gate are added where the network has one.
        """
        from derive.review import values_from

        return values_from(self.graph, source)

    def compare(
        self,
        gradients: Mapping[str, Any],
        values: Mapping[str, Given] | None = None,
        *further: tuple[Mapping[str, Given], Mapping[str, Any]],
    ) -> Comparison:
        """Return gradients that came from elsewhere, compared with ours, and the mistake that gives exactly what came.

        Numbers, arrays, tensors by name, at the values given (the network's own for the rest); ``further`` are pairs of values
        and the gradients there, by which mistakes that give the same here are told apart.

        >>> found = derive("elman", 3).compare({"w_x": 0.5566, "w_h": 0.0798})
        >>> found.agrees, [verdict.digits for verdict in found.verdicts]
        (False, [4, 0])
        """
        from derive.review import compare

        given = [(resolve(self.network, self.steps, at), came) for at, came in ((values, gradients), *further)]
        return compare(self.recurrence, self.unrolled, given)

    def program(self, system: System | None = None) -> Program:
        """Return the loss and all gradients as one compiled function, for any T.

        It computes with floats, for vectors in NumPy arrays, or in the number system given.

        >>> lesson = derive("elman", 2)
        >>> program = lesson.program()
        >>> loss, gradients = program(2, program.arguments(lesson.evaluate().values))
        >>> round(gradients["w_h"], 4)
        0.0799
        """
        from derive.numbers import FLOAT, arrays
        from derive.programs import Program

        return Program(self.recurrence, system or (FLOAT if self.network.is_scalar else arrays()))

    def shared(self) -> SharedGraph:
        """Return the loss and all gradients over T steps as one expression graph in which equal terms are one node."""
        from derive.programs import Sharing

        return Sharing(self.recurrence)(self.steps)

    def code(self, target: str = "numpy", *, plain: bool = False) -> str:
        """Return the loss and all gradients as a file in a language, for any T, with a gradient check at its end.

        ``plain`` is the textbook loop; else what does not wait for its neighbour is done for all steps at once.

        >>> print(derive("elman", 2).code("numpy", plain=True).partition("        # dh_t")[2].splitlines()[1])
                dh = dy * w_y + da[t + 1] * w_h
        """
        from derive.programs import code

        return code(self.recurrence, target, plain=plain)

    def report(self, folder: str | Path = "output", **options: Any) -> tuple[Path, ...]:
        """Write the handout and return its files, pictures of the Markdown and full tables included.

        The keywords are those of `derive.report.options.Options`: ``locale``, ``formats``, ``engine``, ``values``, ``digits``,
        ``templates``, ``most_paths``, ``chapters``, ``truncate``, ``full_tables``, ``main``, ``brief``. Raises a `DeriveError`
        for anything the user can put right, and `CheckFailedError` if an independent route disagrees; then nothing is written.
        """
        return handout(self, Path(folder), options)

    def exhibits(self, **options: Any) -> Mapping[str, Any]:
        """Return the tables, pictures and numbered formulas of the handout, each by its label, ``tab-paths-w_h``.

        The keywords are those of `report`, without the folder. Raises as `report` does.
        """
        return exhibits(self, options)

    def reports(
        self,
        folder: str | Path,
        rows: Mapping[str, Mapping[str, Given]] | str | Path,
        *,
        executor: Executor | None = None,
        seed: int = 0,
        **options: Any,
    ) -> tuple[Any, ...]:
        """Write a handout for each row of values, in a folder by its name; return of each what became of it.

        That is a `derive.report.many.Made`. ``rows`` are values by name, or a file: a table, CSV, or ranges to draw from by
        ``seed``, TOML. The ``executor`` is any of `concurrent.futures`' kind, such as Dask's ``client.get_executor()``; else
        there is a process for each processor, and the script that calls this does so under ``if __name__ == "__main__"``.
        What stands there already, made of the same, stays. The keywords are those of `report`; raises as `report` does for
        what concerns all rows.

        >>> from concurrent.futures import ThreadPoolExecutor
        >>> from tempfile import mkdtemp
        >>> anna, bo = derive("elman", 2).reports(
        ...     mkdtemp(), {"anna": {"w_h": 0.5}, "bo": {"w_h": "x"}}, executor=ThreadPoolExecutor(1), formats=["md"]
        ... )
        >>> anna.answers.gradients["w_h"], str(bo.failure)
        ('0.1501', "elman.toml: the value of w_h has to be a number, not 'x'")
        """
        return handouts(self, Path(folder), rows, {"executor": executor, "seed": seed, **options})

    def verification(self, evaluation: Evaluation) -> Verification:
        """The checks for an example that was evaluated already."""
        places = evaluation.places
        if places not in self._checked:
            self._checked[places] = General(self.recurrence, self.unrolled, places)
        return Verification(self._checked[places], evaluation)

    @cached_property
    def _checked(self) -> dict[int, General]:
        """What checks find whatever the example is, by the places it is printed to."""
        return {}


def derive(network: str | Path | Network, steps: int, limits: Limits | Mapping[str, int] | None = None) -> Derivation:
    """Return the derivation of backpropagation through time for a network over T steps.

    Arguments: a ready-made name (``elman``), the path of a TOML file, or a `Network`; T ≥ 1; limits to be raised, such as
    ``{"equations": 500}``. Raises a `DeriveError` that names what is wrong and where.

    >>> derive("elman", 20).paths("w_h").count
    210
    """
    declared = load(network, DEFAULT.raised(limits) if isinstance(limits, Mapping) else limits)
    unrolled = Unrolled(Graph(declared), steps)
    declared.limits.hold("steps", steps, declared.where)
    declared.check_length(steps)
    return Derivation(declared, unrolled)


__all__ = ["Derivation", "DeriveError", "Gradient", "derive"]
