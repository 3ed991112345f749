"""Linear and integer programs handed to HiGHS as sparse arrays: one thread, a fixed seed, always the same answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.errors import CheckError
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray

Deadline = Callable[[], float]
"""Tells how many seconds are left; infinite where there is no hurry."""

WHOLE = 1e-6
"""HiGHS's own tolerance: a figure this close to a whole number is that number."""

ENDLESS = float("inf")

LISTEN_S = 0.1
"""How long Ctrl-C may go unheard, since a wait without an end would hear it on no platform but some."""

MANY = 2**31 - 1
"""HiGHS's own word for no limit."""

_SETTINGS = (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.0))


def never() -> float:
    """Return how many seconds are left where nothing presses."""
    return ENDLESS


class Rows:
    """Rows of a program as they are written down: entries by row, and each row's bounds."""

    def __init__(self) -> None:
        self.index: list[IntArray] = []
        self.value: list[FloatArray] = []
        self.size: list[IntArray] = []
        self.lower: list[FloatArray] = []
        self.upper: list[FloatArray] = []

    def add(self, index: IntArray, value: Any, *, lower: float = -ENDLESS, upper: float = ENDLESS) -> None:
        """Add one row; ``value`` is an array, or one figure for all entries."""
        self.index.append(np.asarray(index, np.int64))
        self.value.append(np.broadcast_to(np.asarray(value, np.float64), np.shape(index)))
        self.size.append(np.array([len(self.index[-1])]))
        self.lower.append(np.array([lower]))
        self.upper.append(np.array([upper]))

    def add_all(
        self, row: IntArray, index: IntArray, value: FloatArray, *, lower: FloatArray, upper: FloatArray
    ) -> None:
        """Add many rows; entry e stands in new row ``row[e]``, and ``lower`` and ``upper`` are as long as the rows."""
        order = np.lexsort((index, row))
        self.index.append(index[order])
        self.value.append(value[order])
        self.size.append(np.bincount(row, minlength=len(lower)))
        self.lower.append(lower)
        self.upper.append(upper)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Minimise ``cost`` over columns within ``lower`` and ``upper``, ``whole`` ones whole, and rows within bounds."""

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    whole: BoolArray
    rows: Rows

    def as_lp(self) -> Any:
        """Return the program as HiGHS takes it."""
        import highspy

        rows, program = self.rows, highspy.HighsLp()
        sizes = np.concatenate([*rows.size, np.empty(0, np.int64)])
        program.num_col_, program.num_row_ = len(self.cost), len(sizes)
        program.col_cost_, program.col_lower_, program.col_upper_ = self.cost, self.lower, self.upper
        program.row_lower_ = np.concatenate([*rows.lower, np.empty(0)])
        program.row_upper_ = np.concatenate([*rows.upper, np.empty(0)])
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        program.a_matrix_.index_ = np.concatenate([*rows.index, np.empty(0, np.int64)]).astype(np.int32)
        program.a_matrix_.value_ = np.concatenate([*rows.value, np.empty(0)])
        if self.whole.any():
            kinds = highspy.HighsVarType
            program.integrality_ = [kinds.kInteger if one else kinds.kContinuous for one in self.whole]
        return program


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What HiGHS answered.

    Parameters
    ----------
    columns
        The best answer; None where there is none, or none was found in time.
    bound
        No answer is less than this.
    proven
        Whether the answer is the best there is (or, without an answer, that there is none).
    interrupted
        Whether Ctrl-C ended it.
    """

    columns: FloatArray | None
    bound: float
    proven: bool
    interrupted: bool = False


def minimise(
    program: Program,
    *,
    begin: npt.NDArray[Any] | None = None,
    deadline: Deadline = never,
    nodes: int | None = None,
) -> Outcome:
    """Solve a program, from the first columns of an answer where there is one, until proof, the deadline or Ctrl-C.

    Parameters
    ----------
    begin
        The first columns of an answer: the sites at least, from which the rest follows.
    nodes
        Branches after which it stops.
    """
    import highspy

    solver = _solver()
    solver.passModel(program.as_lp())
    if begin is not None:
        some = np.arange(len(begin), dtype=np.int32)
        solver.setSolution(len(begin), some, np.asarray(begin, np.float64))
    if nodes is not None:
        solver.setOptionValue("mip_max_nodes", nodes)
    interrupted = run(solver, deadline)
    status, kinds = solver.getModelStatus(), highspy.HighsModelStatus
    info = solver.getInfo()
    if status == kinds.kInfeasible:
        return Outcome(columns=None, bound=ENDLESS, proven=True)
    if status not in (kinds.kOptimal, kinds.kTimeLimit, kinds.kInterrupt, kinds.kSolutionLimit):
        raise CheckError(f"the solver ended with {solver.modelStatusToString(status)}, which a siting model can't")
    has_answer = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    proven = status == kinds.kOptimal
    bound = float(info.mip_dual_bound) if program.whole.any() else float(info.objective_function_value)
    if not proven and not program.whole.any():
        bound = -ENDLESS
    return Outcome(
        columns=np.asarray(solver.getSolution().col_value) if has_answer else None,
        bound=bound,
        proven=proven,
        interrupted=interrupted,
    )


def run(solver: Any, deadline: Deadline = never) -> bool:
    """Run a solver until it is done, the deadline passes or Ctrl-C; return whether it was Ctrl-C.

    HiGHS doesn't look at signals, so it works in a thread of its own while this one listens.
    """
    left = deadline()
    if left < ENDLESS:
        solver.setOptionValue("time_limit", float(solver.getRunTime() + max(left, 0.0)))
    if threading.current_thread() is not threading.main_thread():
        solver.run()
        return False
    stop, done = threading.Event(), threading.Event()

    def ask(event: Any) -> None:
        if stop.is_set():
            event.interrupt()

    def work() -> None:
        try:
            solver.run()
        finally:
            done.set()

    solver.cbMipInterrupt += ask
    solver.cbSimplexInterrupt += ask
    solver.cbIpmInterrupt += ask
    threading.Thread(target=work, daemon=True).start()
    while not done.is_set():  # Thread.join would take the thread for dead after a KeyboardInterrupt
        try:
            done.wait(timeout=LISTEN_S)
        except KeyboardInterrupt:
            stop.set()
    solver.clearCallbacks()
    return stop.is_set()


class Linear:
    """A linear program kept by HiGHS, solved again and again from where it stood: bounds change, rows are added."""

    def __init__(self, program: Program) -> None:
        self.solver = _solver()
        self.solver.setOptionValue("presolve", "off")  # it would lose the basis to start from
        self.solver.passModel(program.as_lp())
        self.columns = np.arange(len(program.cost), dtype=np.int32)
        self.begun = False

    def bounds(self, lower: FloatArray, upper: FloatArray, columns: IntArray | None = None) -> None:
        """Set the bounds of the first columns, or of some."""
        chosen = self.columns[: len(lower)] if columns is None else columns.astype(np.int32)
        self.solver.changeColsBounds(len(chosen), chosen, lower, upper)

    def add(self, rows: Rows) -> None:
        """Add rows."""
        sizes = np.concatenate(rows.size)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
        index = np.concatenate(rows.index).astype(np.int32)
        lower, upper = np.concatenate(rows.lower), np.concatenate(rows.upper)
        self.solver.addRows(len(sizes), lower, upper, len(index), starts, index, np.concatenate(rows.value))

    def solve(self, *, deadline: Deadline = never, steps: int | None = None) -> float:
        """Return the least value, infinite where there is none or it is known to lie above what `above` set.

        After ``steps`` simplex steps it is a lower bound of it. Raises `TimeoutError` where the deadline passed first.
        """
        import highspy

        left = deadline()
        if left < ENDLESS:
            self.solver.setOptionValue("time_limit", float(self.solver.getRunTime() + max(left, 0.0)))
        if steps is not None:
            self.solver.setOptionValue("simplex_iteration_limit", steps)
        if self.begun:
            self.solver.run()
        elif run(self.solver, deadline):  # the first is the long one: the others go on from where it ended
            raise KeyboardInterrupt
        self.begun = True
        if steps is not None:
            self.solver.setOptionValue("simplex_iteration_limit", MANY)
        status, kinds = self.solver.getModelStatus(), highspy.HighsModelStatus
        if status in (kinds.kInfeasible, kinds.kObjectiveBound):
            return ENDLESS
        if status == kinds.kTimeLimit:
            raise TimeoutError
        if status != kinds.kOptimal and not (steps is not None and status == kinds.kIterationLimit):
            raise CheckError(f"the solver ended with {self.solver.modelStatusToString(status)} on a relaxation")
        return float(self.solver.getInfo().objective_function_value)

    def above(self, value: float) -> None:
        """Stop a solve as soon as its value is known to exceed this."""
        self.solver.setOptionValue("objective_bound", float(value))

    def answer(self) -> tuple[FloatArray, FloatArray]:
        """Return the columns and their reduced costs."""
        solution = self.solver.getSolution()
        return np.asarray(solution.col_value), np.asarray(solution.col_dual)

    @property
    def basis(self) -> Any:
        """Return where the simplex method stands, to be set again."""
        return self.solver.getBasis()

    @basis.setter
    def basis(self, basis: Any) -> None:
        self.solver.setBasis(basis)


def _solver() -> Any:
    import highspy

    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy has stubs for its enums alone
    for option, setting in _SETTINGS:
        solver.setOptionValue(option, setting)
    return solver
