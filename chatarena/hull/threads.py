"""One BLAS thread while small matrices are reduced: threads that wait for each other cost more than they bring there.

Measured with two threads of OpenBLAS on a busy machine of two cores: a fit of 25 x 8 took eight times, one of
100,000 x 100 fifty times as long as with one. The limit itself costs 20 microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit numpy's and scipy's BLAS to one thread meanwhile.

    Threads of Python that run at the same time have the limit too; results do not depend on it.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    # scipy brings a BLAS of its own, which must be loaded to be found.
    import scipy.linalg  # noqa: F401
    import threadpoolctl

    return threadpoolctl.ThreadpoolController()
