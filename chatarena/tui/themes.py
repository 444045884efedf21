"""How the program looks: dark, light, in the terminal's own colours, and without any.

Laws: text of ours has a contrast of 4.5 to 1 and more in `dark` and `light` (WCAG 2.1, 1.4.3); without colour whatever
stood out by its background stands out in reverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import BUILTIN_THEMES, Theme

from chatarena.authoring.places import suggest
from chatarena.errors import SettingsError

# What is not yet typed and what cannot be done now is to be read, too.
_LEGIBLE = {"text-muted": "auto 72%", "text-disabled": "auto 66%"}
DARK = Theme(
    name="dark",
    primary="#8fb8de",
    secondary="#b6a4e0",
    accent="#f0b35a",
    warning="#f0b35a",
    error="#ff8f85",
    success="#7fd08a",
    foreground="#e6e6e6",
    background="#101418",
    surface="#182028",
    panel="#1f2a34",
    variables={
        **_LEGIBLE,
        "block-cursor-foreground": "#101418",
        "block-cursor-background": "#8fb8de",
        "button-color-foreground": "#101418",
        "input-selection-background": "#8fb8de 35%",
        "footer-key-foreground": "#f0b35a",
        "footer-background": "#1f2a34",
    },
)
LIGHT = Theme(
    name="light",
    dark=False,
    primary="#0b4a8a",
    secondary="#5b3a9e",
    accent="#7a4100",
    warning="#7a4100",
    error="#9d1616",
    success="#17602a",
    foreground="#1a1a1a",
    background="#fbfaf7",
    surface="#f2f0ea",
    panel="#e6e3db",
    variables={
        **_LEGIBLE,
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#0b4a8a",
        "button-color-foreground": "#ffffff",
        "input-selection-background": "#0b4a8a 25%",
        "footer-key-foreground": "#7a4100",
        "footer-background": "#e6e3db",
    },
)
# The terminal's sixteen colours and its own two for text and ground: what a person has set up there stays.
ANSI = Theme(
    name="ansi",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_magenta",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "text-muted": "ansi_default",
        "text-disabled": "ansi_default",
        "primary": "ansi_default",
        "text-primary": "ansi_default",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "block-cursor-blurred-text-style": "underline",
        "input-selection-background": "ansi_white",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_white",
        "screen-selection-foreground": "ansi_black",
        "scrollbar": "ansi_white",
        "scrollbar-hover": "ansi_white",
        "scrollbar-active": "ansi_white",
        "scrollbar-background": "ansi_black",
        "footer-key-foreground": "ansi_default",
    },
)
_INK, _PAPER = "#ffffff", "#000000"
PLAIN = Theme(
    name="plain",
    primary=_INK,
    secondary=_INK,
    accent=_INK,
    warning=_INK,
    error=_INK,
    success=_INK,
    foreground=_INK,
    background=_PAPER,
    surface=_PAPER,
    panel=_PAPER,
    boost=_PAPER,
    variables={
        "text": _INK,
        "text-muted": _INK,
        "text-disabled": _INK,
        "block-cursor-foreground": _PAPER,
        "block-cursor-background": _INK,
        "block-cursor-blurred-foreground": _INK,
        "block-cursor-blurred-background": _PAPER,
        "block-cursor-blurred-text-style": "underline",
        "block-hover-background": _PAPER,
        "button-color-foreground": _PAPER,
        "input-selection-background": _INK,
        "input-selection-foreground": _PAPER,
        "screen-selection-background": _INK,
        "screen-selection-foreground": _PAPER,
        "scrollbar": _INK,
        "scrollbar-background": _PAPER,
        "footer-key-foreground": _INK,
        "footer-background": _PAPER,
    },
)
OWN = (DARK, LIGHT, ANSI, PLAIN)
NAMES = tuple(theme.name for theme in OWN)


def chosen(theme: str, environ: Mapping[str, str]) -> str:
    """The theme to begin with.

    Args:
        theme: what the settings say; empty leaves it to what the terminal can show.

    Raises:
        SettingsError: there is no theme of this name.
    """
    known = (*NAMES, *sorted(BUILTIN_THEMES))
    if theme and theme not in known:
        raise SettingsError(f"ui.theme: there is no theme {theme!r}", remedy=suggest(theme, known))
    if environ.get("NO_COLOR"):
        return PLAIN.name
    return theme or _fitting(environ)


def _fitting(environ: Mapping[str, str]) -> str:
    """By what the terminal says of itself: its colours where it has few, light where its ground is."""
    terminal, many = environ.get("TERM", ""), environ.get("COLORTERM", "")
    in_browser = environ.get("TEXTUAL_DRIVER", "")
    if terminal and not (many or in_browser or any(sign in terminal for sign in ("256", "direct", "kitty", "ghostty"))):
        return ANSI.name
    # Set by rxvt, Konsole and others as `foreground;background`, in the numbers of the sixteen colours.
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if ground in ("7", "15") else DARK.name


# A ground lighter than this is one that something was set on to be seen.
_LOUD = 0.4
_FAINT = (0.15, 0.7)


@lru_cache(maxsize=1024)
def colourless(style: Style) -> Style:
    """The style without colours: reverse where the ground was loud, dim where the ink was faint."""
    ground, ink = _light(style.bgcolor), _light(style.color)
    loud = ground is not None and ground > _LOUD
    faint = not loud and ink is not None and _FAINT[0] < ink < _FAINT[1]
    return Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        dim=faint or bool(style.dim) or None,
        reverse=(loud != bool(style.reverse)) or None,
        meta=style.meta or None,
        link=style.link,
    )


def _light(color: RichColor | None) -> float | None:
    """How light a colour is, 0 to 1; None where it is the terminal's own."""
    return None if color is None or color.is_default else Color(*color.get_truecolor()).brightness


class Colourless(LineFilter):
    """Takes every colour out of what is drawn."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without colour."""
        return [
            Segment(text, colourless(style) if style is not None else None, control)
            for text, style, control in segments
        ]
