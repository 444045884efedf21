"""Exports of oTree: what participants of an experiment chose, rated, believed and wrote, and their chat.

A participant in one app and round is a session. A channel of the chat that belongs to a group in one app and round is
told in the sessions of those who could read it, another one by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option, State
from chatarena.errors import SourceUnknown
from chatarena.exchange.account import Account, moment, numbered, plain_decision
from chatarena.exchange.foreign import Foreign, merged
from chatarena.exchange.importers._otree_files import Folder, Place, Row, Sitting, Table, gathered, kind, table
from chatarena.exchange.importers._otree_form import Form, as_number, form_of
from chatarena.exchange.importing import ImportedSession, Source

FORMAT: Final = "otree"
NO_QUESTION: Final = "(The source does not hold the question.)"
# Chances that people give in whole numbers need not sum to 100.
_ROUNDED: Final = 0.01
_PERSONAL: Final = ("participant.label", "participant.mturk_")
_SHORT: Final = "the file does not say of which scale, and nobody gave more than 10"


def read(source: Source) -> Sequence[ImportedSession] | None:
    """The sessions in an export; None where the file is none of oTree's."""
    match kind(source):
        case None:
            return None
        case "data":
            return _participants(source)
        case "chat":
            return _channels(source)
        case "times":
            if all(kind(file) is None for file in source.neighbours()):
                raise SourceUnknown(
                    f"{source.name}: holds when participants left their pages, and nothing of what was said or chosen",
                    remedy="Put the export of the app and of the chat beside it, and import those.",
                )
            return ()  # read along with the others


# -- participants ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A session that is told to its end, but for what else the file holds."""

    account: Account
    node: Foreign
    sitting: Sitting
    record: object
    complete: bool
    messages: int

    def end(self, rest: Iterable[ev.Unmapped]) -> ImportedSession:
        place = self.sitting.place
        return self.account.end(
            "complete" if self.complete else "partial",
            record=self.record,
            unmapped=tuple(_discreet(item) for item in merged(self.node.left_behind(), rest)),
            name=f"{place.app}, round {place.round}, {self.sitting.code}",
            tags=("otree", place.app),
            counts={"rows": 1, "messages": self.messages},
        )


def _discreet(item: ev.Unmapped) -> ev.Unmapped:
    """Without the sample, where that would tell who somebody is."""
    if not item.where.startswith(_PERSONAL):
        return item
    return replace(item, sample="", why="may tell who the participant is, so that it is not shown here either")


def _participants(source: Source) -> Sequence[ImportedSession]:
    """A session for everybody who decided or talked, in each app and round."""
    read, folder = table(source), gathered(source)
    forms = {app: form_of(read, app) for app in read.apps}
    drafts: list[Draft] = []
    rest: dict[int, list[ev.Unmapped]] = {}
    homeless: list[ev.Unmapped] = []
    for row in read.rows:
        told = [
            _draft(source, row, sitting, forms[sitting.place.app], folder)
            for sitting in row.sittings
            if _is_told(sitting, forms[sitting.place.app], folder)
        ]
        left = _rest(row, read, {draft.sitting.place for draft in told})
        if told:
            rest[len(drafts)] = list(left)
        else:
            homeless += left
        drafts += told
    if not drafts:
        raise SourceUnknown(
            f"{source.name}: no debate: by the names of its columns nobody chose, rated, believed, wrote or talked",
            remedy="Columns named choice, rating_X, belief_X or reason are read, and the chat's export beside it.",
        )
    rest[0] = [*rest.get(0, ()), *homeless]
    return tuple(draft.end(rest.get(number, ())) for number, draft in enumerate(drafts))


def _is_told(sitting: Sitting, form: Form, folder: Folder) -> bool:
    player = sitting.parts.get("player", {})
    return any(player.get(name, "").strip() for name in form.columns) or bool(folder.talk(sitting))


def _rest(row: Row, read: Table, told: set[Place]) -> tuple[ev.Unmapped, ...]:
    """What a line holds beside the sessions made of it."""
    others = [sitting for sitting in row.sittings if sitting.place not in told]
    record: dict[str, object] = {} if told else dict(row.shared)
    for sitting in others:
        place = sitting.place
        record |= {f"{place.app}.{place.round}": sitting.parts} if read.wide else sitting.parts
    if not record:
        return ()
    node = Foreign(record)
    node.explain(
        "the participant neither decided nor talked in this app and round"
        if told
        else "the participant neither decided nor talked anywhere in the file"
    )
    _enter(node)
    return node.left_behind()


def _enter(node: Foreign) -> None:
    """Go into all of it, so that every column is told by itself."""
    for key in node.value:
        inner = node.get(key)
        if inner is not None and inner.is_a(dict):
            _enter(inner)


def _draft(source: Source, row: Row, sitting: Sitting, form: Form, folder: Folder) -> Draft:
    """The session of one participant in one app and round."""
    place, talk, stay = sitting.place, folder.talk(sitting), folder.stay(sitting)
    chat = [one.cells for one in talk]
    node = Foreign({**row.shared, **sitting.parts, **({"chat": chat} if chat else {})})
    player = node.get("player") or Foreign({})
    participant = node.need("participant")
    account = Account(
        source,
        format=FORMAT,
        key=f"{place.session}/{sitting.code}/{place.app}/round {place.round}",
        decision=_decision(form),
        at=moment(participant.said("time_started_utc")),
    )
    _introduce(account, node, participant, player, sitting)
    through = _is_through(participant)
    before, after = (stay.entered, stay.left) if stay else (None, None)
    first = _numbers(account, form, player, "prior", _not_before(account, before))
    if talk:
        _talk(account, node, sitting.code)
    then = _not_before(account, after)
    last = [_numbers(account, form, player, "final", then), _chosen(account, form, player, then)]
    last += [_wrote(account, player, name, then) for name in form.words]
    for name, why in form.refused.items():
        if (cell := player.get(name)) is not None:
            cell.set_aside(why)
    if first or any(last):
        account.remark(_how(form, timed=stay is not None))
    return Draft(
        account=account,
        node=node,
        sitting=sitting,
        record=[sitting.parts, form.options, sorted(form.short), chat, before, after],
        complete=any(last) or through,
        messages=len(talk),
    )


def _not_before(account: Account, at: float | None) -> float | None:
    """A page time, which is a whole second, unless something is known to have come later in that second."""
    return at if at is not None and at > account.now else None


def _decision(form: Form) -> Decision:
    even = 1 / len(form.states) if form.states else 0.0
    return Decision(
        question=NO_QUESTION,
        options=tuple(Option(id=name, label=name) for name in form.options),
        states=tuple(State(id=name, label=name, probability=even) for name in form.states),
    )


def _introduce(account: Account, node: Foreign, participant: Foreign, player: Foreign, sitting: Sitting) -> None:
    """Who the participant is, and where and with whom she sat."""
    place, session = sitting.place, node.need("session")
    for part, name in (("subsession", "round_number"), ("group", "id_in_subsession")):
        if (found := node.get(part)) is not None:
            found.said(name)  # is part of the place
    role, group = player.said("role"), f", group {place.group}" if place.group else ""
    called = f"{participant.need('code').text()} of session {session.need('code').text()}"
    account.remark(f"The participant is {called}{f', in the role {role}' if role else ''}.")
    account.remark(f"She is in app {place.app}, round {place.round}{group}. What oTree asked is not in its exports.")
    if participant.said("_is_bot") == "1":
        account.remark("The participant is a bot.")
    participant.explain("oTree's bookkeeping of the participant")
    session.explain("oTree's bookkeeping of the session")


def _is_through(participant: Foreign) -> bool:
    """Whether she came to the end of the last app."""
    now, last = (as_number(participant.said(name)) for name in ("_index_in_pages", "_max_page_index"))
    return now is not None and last is not None and now > last


def _how(form: Form, *, timed: bool) -> str:
    """What was taken for what."""
    read = [
        f"the choice is {form.choice}" if form.choice else "",
        f"options are {'what was rated' if form.ratings else 'what anybody in the file chose'}" if form.options else "",
        "states are what has a belief, with even chances in advance" if form.states else "",
        f"written were {', '.join(form.words)}" if form.words else "",
    ]
    when = "when the participant came to the app and left it" if timed else "in no time that the file tells"
    return (
        f"By the names of the columns: {'; '.join(one for one in read if one)}. What begins with prior_ stands before"
        f" the talk and all else behind it, {when}."
    )


def _numbers(account: Account, form: Form, player: Foreign, phase: ev.Phase, at: float | None) -> bool:
    """Tell what was rated and believed in one phase; whether that was anything."""
    rated = _rated(account, form, player, phase, at)
    return _believed(account, form, player, phase, at) or rated


def _cell(player: Foreign, column: str | None) -> Foreign | None:
    return player.get(column) if column else None


def _rated(account: Account, form: Form, player: Foreign, phase: ev.Phase, at: float | None) -> bool:
    """Tell the ratings of one phase, where there are any."""
    columns = {option: form.ratings.get((phase, option)) for option in form.options}
    if all(_cell(player, column) is None for column in columns.values()):
        return False
    ratings = tuple(_rating(option, column, _cell(player, column), form) for option, column in columns.items())
    account.add(ev.RatingsGiven(phase=phase, round=account.round, ratings=ratings), at)
    return True


def _rating(option: str, column: str | None, cell: Foreign | None, form: Form) -> ev.Rating:
    text = cell.text() if cell is not None else ""
    value = as_number(text)
    absence = ""
    if not column:
        absence = "not asked for"
    elif not text:
        absence = "left out"
    elif value is None:
        absence = f"not a number: {text!r:.60}"
    elif column in form.short:
        absence = f"{text}: {_SHORT}"
    elif not 0 <= value <= 100:
        absence = f"{text} is not within 0 to 100"
    return ev.Rating(option=option, value=None if absence else value, absence=absence)


def _believed(account: Account, form: Form, player: Foreign, phase: ev.Phase, at: float | None) -> bool:
    """Tell the beliefs of one phase, where there are any: numbers for all states that sum to 1 or to 100."""
    cells = [_cell(player, form.beliefs.get((phase, state))) for state in form.states]
    given = [cell for cell in cells if cell is not None]
    if not given:
        return False
    numbers = [as_number(cell.text()) for cell in given]
    sound = [number for number in numbers if number is not None and number >= 0]
    total = sum(sound)
    if len(sound) < len(cells) or min(abs(total - 1), abs(total - 100) / 100) > _ROUNDED:
        for cell in given:
            cell.set_aside("the beliefs are no numbers for all states that sum to 1 or to 100")
        return False
    if not math.isclose(total, 1):
        account.remark("Beliefs were divided by their sum.")
    account.add(
        ev.BeliefsGiven(phase=phase, round=account.round, probabilities=tuple(number / total for number in sound)), at
    )
    return True


def _chosen(account: Account, form: Form, player: Foreign, at: float | None) -> bool:
    """Tell the choice, where there is one, and how sure of it she was."""
    cell, sure = _cell(player, form.choice), _cell(player, form.confidence)
    text = cell.text() if cell is not None else ""
    option = next((option for option in form.options if option.casefold() == text.casefold()), None)
    if cell is not None and option is None:
        cell.set_aside("is none of what was rated, and the file does not say what it stands for")
    if option is None:
        return False
    confidence = _rating(option, form.confidence, sure, form)
    if sure is not None and confidence.value is None:
        sure.set_aside(confidence.absence)
    account.add(ev.ChoiceMade(option=option, confidence=confidence.value), at)
    return True


def _wrote(account: Account, player: Foreign, column: str, at: float | None) -> bool:
    text = player.said(column)
    if text.strip():
        account.say(text, at)
    return bool(text.strip())


# -- the chat ----------------------------------------------------------------------------------------------------------


def _talk(account: Account, node: Foreign, code: str = "") -> None:
    """Tell the messages in order: what `code` wrote is the participant's own, the others are agents."""
    chat = node.need("chat").each()
    channels = tuple(dict.fromkeys(one.need("channel").text() for one in chat))
    account.remark(f"The talk is that of the chat's channel {' and '.join(channels)}.")
    labels: dict[str, str] = {}
    for one in chat:
        who = one.need("participant_code").text()
        nickname, number = one.said("nickname", who), one.said("id_in_session", "?")
        one.need("session_code").text()
        if who not in labels:
            labels[who] = numbered(nickname, labels.values())
            whom = "the participant" if who == code else f"participant {number}, {who}"
            account.remark(f"In the chat {labels[who]} is {whom}.")
        if nickname != labels[who]:
            account.remark(f"{labels[who]} also wrote under the name {nickname}.")
        body, at = one.said("body"), float(one.need("timestamp").text())
        if who == code:
            account.say(body, at)
        else:
            account.turn(account.seat(labels[who], model="human"), body, at)
        if len(channels) > 1:
            one.need("channel").set_aside("a session has one talk: which message stood in which channel is not told")
    if code and code not in labels:
        account.remark("The participant wrote nothing in the chat of her group; that she could read it is assumed.")


def _channels(source: Source) -> Sequence[ImportedSession]:
    """A session for every channel that no export beside the chat claims for one group."""
    folder = gathered(source)
    if not folder.loose and not folder.talks:
        raise SourceUnknown(f"{source.name}: nobody wrote anything in this chat")
    found = []
    for (session, channel), told in folder.loose.items():
        node = Foreign({"chat": [one.cells for one in told]})
        account = Account(
            source,
            format=FORMAT,
            key=f"{session}/chat/{channel}",
            decision=plain_decision("", missing=NO_QUESTION),
            at=told[0].at,
            participant=False,
        )
        account.remark("No export beside the chat says of which one group, in which app and round, the channel is.")
        _talk(account, node)
        found.append(
            account.end(
                record=node.value,
                unmapped=node.left_behind(),
                name=f"chat {channel}",
                tags=("otree", "chat"),
                counts={"messages": len(told)},
            )
        )
    return tuple(found)
