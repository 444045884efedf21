"""One BLAS thread while small matrices are reduced: threads that wait for each other cost more than they bring there.

Measured: LAPACK's dtpqrt on 2048 x 100 rows, two threads of OpenBLAS on a busy machine of two cores: up to fifty times
slower than one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

# Below so many numbers no BLAS call is large enough for a second thread, and looking for libraries costs more.
SMALL = 20_000


@contextmanager
def one_thread(numbers: int) -> Iterator[None]:
    """Limit numpy's and scipy's BLAS to one thread meanwhile, unless fewer than `SMALL` numbers are at stake.

    Threads of Python that run at the same time have the limit too; results do not depend on it.
    """
    if numbers < SMALL:
        yield
        return
    with _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    # scipy brings a BLAS of its own, which must be loaded to be found.
    import scipy.linalg  # noqa: F401
    import threadpoolctl

    return threadpoolctl.ThreadpoolController()
