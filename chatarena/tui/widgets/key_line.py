"""The keys that work here, at the bottom of a screen. Law: it is made anew only when it shows something else."""

from __future__ import annotations

from textual.widgets import Footer


class KeyLine(Footer):
    """Textual's footer, without its label for the palette.

    The toolkit makes a footer anew whenever somebody asks for a look at the bindings, and that is with every change of
    focus: every key is a widget, so it takes longer than the rest of what a key press does.
    """

    def __init__(self, *, compact: bool = False) -> None:
        super().__init__(show_command_palette=False, compact=compact)
        self._shown: tuple[object, ...] | None = None

    async def recompose(self) -> None:
        if not self.is_attached:
            return  # the screen went before this came to its turn
        shown = tuple(
            (one.binding, one.enabled, one.tooltip) for one in self.screen.active_bindings.values() if one.binding.show
        )
        if shown != self._shown:
            self._shown = shown
            await super().recompose()
