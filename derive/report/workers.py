"""Workers: the processes that rows are handed out to, unless somebody brings an executor of his own.

They end with the process that began them, however that ends, and leave signals to it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from threading import Thread

AHEAD = 4
"""So many rows are handed out for each worker, so that none waits."""


@contextmanager
def workers(executor: Executor | None, rows: int) -> Iterator[Executor]:
    """Yield the executor that is given, left as it is; else a process for each processor, but no more than rows.

    Where that is left by an exception, nobody waits for what they are at.
    """
    if executor is not None or not rows:
        yield executor or ProcessPoolExecutor(1)  # which starts no process before there is work
        return
    before = multiprocessing.active_children()
    pool = ProcessPoolExecutor(min(os.cpu_count() or 1, rows), multiprocessing.get_context("spawn"), _begin)
    try:
        yield pool
    except BaseException:
        for process in set(multiprocessing.active_children()) - set(before):
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def at_a_time(executor: Executor) -> int:
    """How many rows to hand out at a time; one that does not say how many workers it has gets enough for this machine."""
    return AHEAD * (getattr(executor, "_max_workers", None) or os.cpu_count() or 1)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if (parent := multiprocessing.parent_process()) is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
