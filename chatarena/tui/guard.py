"""Lets the parts of a screen outlive what fails in them.

Law: a widget whose handler, painting or measuring fails goes on; the toolkit would end it, and the program with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

Report = Callable[[Exception, MessagePump], None]
T = TypeVar("T")


def outlive(widget: Widget, report: Report) -> None:
    """From now on, hand whatever fails in this widget to the report, and let the widget go on.

    What it would have painted stays blank; what it would have measured is a line as wide as there is room.
    """
    node: Any = widget
    if "_dispatch_message" in vars(node):
        return
    node._dispatch_message = _dispatching(widget, report)
    node.render_lines = _or_else(widget, node.render_lines, _blank, report)
    node.get_content_width = _or_else(widget, node.get_content_width, _all_the_room, report)
    node.get_content_height = _or_else(widget, node.get_content_height, _one_line, report)
    if isinstance(widget, Screen):
        node._on_timer_update = _or_else(widget, node._on_timer_update, _nothing, report)


def _dispatching(widget: Widget, report: Report) -> Callable[[Message], Awaitable[None]]:
    dispatch = widget._dispatch_message

    async def dispatch_or_report(message: Message) -> None:
        try:
            await dispatch(message)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            report(error, widget)

    return dispatch_or_report


def _or_else(widget: Widget, whole: Callable[..., T], otherwise: Callable[..., T], report: Report) -> Callable[..., T]:
    def whole_or_otherwise(*given: Any, **named: Any) -> T:
        try:
            return whole(*given, **named)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            report(error, widget)
            return otherwise(*given, **named)

    return whole_or_otherwise


def _blank(crop: Region) -> list[Strip]:
    return [Strip.blank(crop.width)] * crop.height


def _all_the_room(container: Size, *_: Any) -> int:
    return container.width


def _one_line(*_: Any) -> int:
    return 1


def _nothing() -> None:
    return None
