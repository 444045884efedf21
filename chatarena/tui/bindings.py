"""Every key of the program by the id of what it does, and whether a person's own keys go together.

Laws: every binding of ours is found, for the modules are searched and nothing is listed by hand; keys that clash are
refused with both names, never silently dropped.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_ALIASES, Keys, _character_to_key
from textual.screen import Screen

from chatarena.authoring.places import suggest
from chatarena.errors import SettingsError

_FOLDERS = ("chatarena.tui.screens", "chatarena.tui.widgets")
_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
_NAMED = {key.value for key in Keys} | set(KEY_ALIASES) | {_character_to_key(chr(code)) for code in range(33, 127)}
_LIKE = "keys are written like f5, ctrl+e, alt+up or question_mark"
Node = type[DOMNode]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One thing that can be done by keys: its id, the keys it has by default, and what it does, in words."""

    id: str
    keys: tuple[str, ...]
    what: str
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A screen or widget with keys of its own."""

    node: Node
    bound: tuple[Bound, ...]

    @property
    def title(self) -> str:
        """The first words of its ids, which name it for people."""
        return self.bound[0].id.partition(".")[0]

    @property
    def about(self) -> str:
        """Its docstring's first sentence."""
        return " ".join((inspect.getdoc(self.node) or "").split("\n\n")[0].split())


@lru_cache(maxsize=1)
def owners() -> tuple[Owner, ...]:
    """Everything that has keys: the app first, then screens, then widgets, each by name."""
    from chatarena.tui.app import ArenaApp

    found: dict[Node, Owner] = {}
    for node in (*(base for base in ArenaApp.__mro__), *_nodes()):
        bound = _own(node)
        if bound:
            found[node] = Owner(node=node, bound=bound)
    apps = [owner for owner in found.values() if issubclass(ArenaApp, owner.node)]
    rest = sorted((owner for owner in found.values() if owner not in apps), key=_order)
    return (*apps, *rest)


def _order(owner: Owner) -> tuple[bool, str, str]:
    return not issubclass(owner.node, Screen), owner.title, owner.node.__name__


def _modules() -> Iterator[ModuleType]:
    for folder in _FOLDERS:
        package = importlib.import_module(folder)
        for found in pkgutil.iter_modules(package.__path__):
            yield importlib.import_module(f"{folder}.{found.name}")


def _nodes() -> Iterator[Node]:
    for module in _modules():
        yield from _nodes_of(module, own=True)


def _nodes_of(module: ModuleType, *, own: bool) -> Iterator[Node]:
    """The screens and widgets that a module defines, or all of ours that it knows."""
    for value in vars(module).values():
        ours = isinstance(value, type) and issubclass(value, DOMNode) and value.__module__.startswith("chatarena.tui")
        if ours and (not own or value.__module__ == module.__name__):
            yield value


def _own(node: type) -> tuple[Bound, ...]:
    """What a class itself binds, by id; several bindings of one id count as one."""
    if not node.__module__.startswith("chatarena."):
        return ()
    found: dict[str, Bound] = {}
    for binding in node.__dict__.get("BINDINGS", ()):
        if isinstance(binding, Binding) and binding.id:
            before = found[binding.id].keys if binding.id in found else ()
            found[binding.id] = Bound(
                id=binding.id,
                keys=(*before, *split(binding.key)),
                what=binding.description or binding.id.rpartition(".")[2].replace("_", " "),
                shown=binding.show,
            )
    return tuple(found.values())


def split(keys: str) -> tuple[str, ...]:
    """The keys of a text with commas between them, each by its long name: `?` is `question_mark`."""
    found = [","] if keys.strip() == "," else [key.strip() for key in keys.split(",")]
    return tuple(_long(key) for key in found if key)


def _long(key: str) -> str:
    *modifiers, last = key.split("+") if len(key) > 1 and not key.endswith("+") else [key]
    return "+".join((*modifiers, _character_to_key(last) if len(last) == 1 else last))


def defaults() -> dict[str, Bound]:
    """Everything that can be bound, by id."""
    return {bound.id: bound for owner in owners() for bound in owner.bound}


# -- a person's own keys -----------------------------------------------------------------------------------------------


def keymap(own: Mapping[str, str]) -> dict[str, str]:
    """The keymap that gives these ids these keys and leaves all others theirs.

    Raises:
        SettingsError: an id that there is not, a key that there is not, or two that would have the same key.
    """
    if not own:
        return {}
    faults = (*_unknown(own), *clashes({id_: split(keys) for id_, keys in own.items() if id_ in defaults()}))
    if faults:
        head, *rest = faults
        raise SettingsError(head, remedy="\n  ".join((*rest, "chatarena keys lists every id with its keys")))
    return {id_: ",".join(keys) for id_, keys in _with_companions(own).items()}


def _unknown(own: Mapping[str, str]) -> Iterator[str]:
    known = defaults()
    for id_, keys in own.items():
        if id_ not in known:
            yield f"keys: there is no {id_!r}; {_near(id_, known)}"
        elif not split(keys):
            yield f"keys: {id_} has no key; name one, or take the line out"
        for key in split(keys):
            if not is_key(key):
                yield f"keys: {id_} = {keys!r}: there is no key {key!r}; {_LIKE}"


def _near(id_: str, known: Iterable[str]) -> str:
    """The nearest ids: those alike, or those of the same screen."""
    alike = suggest(id_, known)
    if alike.startswith("did"):
        return alike
    same = [one for one in known if one.partition(".")[0] == id_.partition(".")[0]]
    return f"there are: {', '.join(same)}" if same else "chatarena keys lists them"


def is_key(key: str) -> bool:
    """Whether a keyboard can send this."""
    *modifiers, last = key.split("+")
    if any(modifier not in _MODIFIERS for modifier in modifiers):
        return False
    return len(last) == 1 or last in _NAMED or _is_character(last)


def _is_character(name: str) -> bool:
    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return True


def clashes(own: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Where two that can be on the screen together would have one key.

    Those that share a key by default are made for that: only one of them can be done at a time.
    """
    found: dict[frozenset[str], str] = {}
    for room in rooms():
        known = {bound.id: bound for owner in room for bound in owner.bound}
        for id_ in (id_ for id_ in own if id_ in known):
            for other in (other for other in known.values() if other.id != id_):
                both = set(own[id_]) & set(own.get(other.id, other.keys))
                if both and not set(known[id_].keys) & set(other.keys):
                    said = f"keys: {' and '.join(sorted(both))} would do both {id_} and {other.id} ({other.what})"
                    found.setdefault(frozenset((id_, other.id)), said)
    return tuple(found.values())


@lru_cache(maxsize=1)
def rooms() -> tuple[tuple[Owner, ...], ...]:
    """For each screen everything with keys that can be there: the app, itself, its widgets and what it is made from."""
    by_node = {owner.node: owner for owner in owners()}
    apps = [owner for owner in by_node.values() if not owner.node.__module__.startswith(_FOLDERS)]
    found = []
    for screen in (node for node in _nodes() if issubclass(node, Screen)):
        here = {*screen.__mro__, *_widgets(importlib.import_module(screen.__module__), set())}
        found.append((*apps, *(by_node[node] for node in by_node if node in here and by_node[node] not in apps)))
    return tuple(found)


def _widgets(module: ModuleType, seen: set[str]) -> set[Node]:
    """The widgets that a module knows, and those that their modules know."""
    if module.__name__ in seen:
        return set()
    seen.add(module.__name__)
    found = {node for node in _nodes_of(module, own=False) if not issubclass(node, Screen)}
    for node in tuple(found):
        found |= {node, *(base for base in node.__mro__ if issubclass(base, DOMNode))}
        found |= _widgets(importlib.import_module(node.__module__), seen)
    return found


def _with_companions(own: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """These keys, and in so many words those of whatever shares a default key with one of them.

    To give an id another key, Textual 8.2 takes the old key away from everybody who has it on the same node.
    """
    made = {id_: split(keys) for id_, keys in own.items()}
    open_ = list(made)
    while open_:
        id_ = open_.pop()
        for owner in owners():
            mine = next((bound for bound in owner.bound if bound.id == id_), None)
            for other in owner.bound if mine is not None else ():
                if other.id not in made and mine is not None and set(other.keys) & set(mine.keys):
                    made[other.id] = other.keys
                    open_.append(other.id)
    return made
