"""Which loops of this room run compiled: those of the extra `fast` (numba) where it is installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from chatarena.hull.kinds import Engine


def kernel(name: str, engine: Engine) -> ModuleType | None:
    """The compiled module chatarena.games.`name`, or None where numpy is to do it.

    Raises:
        ValueError: an unknown engine, or 'compiled' is asked for and cannot be had.
    """
    if engine not in ("auto", "numpy", "compiled"):
        raise ValueError(f"engine must be auto, numpy or compiled, not {engine!r}")
    if engine == "numpy":
        return None
    why = "numba is not installed"
    if find_spec("numba") is not None:
        try:
            return import_module(f"chatarena.games.{name}")
        except (ImportError, RuntimeError) as error:
            # numba refuses a place it cannot write its cache to; the numpy path gives the same numbers.
            why = str(error)
    if engine == "compiled":
        raise ValueError(f"no compiled kernel ({why}): install the extra `fast`, or take engine='numpy'")
    return None
