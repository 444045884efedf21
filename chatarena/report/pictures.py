"""Pictures drawn by matplotlib (extra `figures`): whether it is here, what it may draw with, and the file it makes.

Law: where matplotlib is not installed this says so before anything is computed, and how to get it.
"""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from chatarena.errors import UsageError

if TYPE_CHECKING:
    Sheet = Any

# Each is asked for the characters that those before it lack.
_FONTS: Final = (
    "DejaVu Sans",
    "Noto Sans CJK JP",
    "Noto Sans",
    "Hiragino Sans",
    "Yu Gothic",
    "Microsoft YaHei",
    "Arial",
)


def require(instead: str) -> None:
    """Does nothing where pictures can be drawn.

    Args:
        instead: the option that needs no matplotlib.

    Raises:
        UsageError: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError(
            "--png needs matplotlib, which is not installed",
            remedy='Install it with: pip install "stackelberg-chatarena[figures]";'
            f" or take {instead}, which needs none.",
        )


def empty(wide: float, high: float) -> Sheet:
    """An empty figure, in inches."""
    # Not pyplot: it looks for a display and keeps what it drew.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(wide, high), layout="constrained", dpi=150)
    FigureCanvasAgg(made)
    return made


def png(made: Callable[[], Sheet]) -> tuple[bytes, bool]:
    """A figure as a PNG, and whether every character had a font on this machine."""
    import matplotlib
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    fonts = [name for name in _FONTS if name in known] or ["sans-serif"]
    written = io.BytesIO()
    with warnings.catch_warnings(record=True) as said, matplotlib.rc_context({"font.family": fonts}):
        warnings.simplefilter("always")
        made().savefig(written, format="png", metadata={"Software": None})
    return written.getvalue(), not any("missing from" in str(one.message) for one in said)


def plain(text: str) -> str:
    """Text as it is: a dollar sign would begin a formula."""
    return text.replace("$", r"\$")
