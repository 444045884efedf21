"""What a file of the New York University debates holds, and what the metadata beside it add."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from chatarena.arena import events as ev
from chatarena.errors import SourceDamaged
from chatarena.exchange.foreign import Foreign, parse
from chatarena.exchange.importing import Source
from chatarena.exchange.treebank import untokenised

METADATA: Final = "debates-metadata.jsonl"
LABELS: Final = ("Debater A", "Debater B")
SPEECHES: Final = {"SimultaneousSpeeches": "simultaneous rounds", "SequentialSpeeches": "sequential rounds"}
_SUM_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Something a debater said: which of the two, who it was, when, and the words with their quotes."""

    side: int
    speaker: str
    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The speeches of one round, by their time; `at_once` where the debaters did not hear each other first."""

    speeches: tuple[Speech, ...]
    at_once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """What a judge believed at some point, what she said with it, and whether that was her last word."""

    judge: str
    at: float
    probabilities: tuple[float, float]
    text: str
    last: bool


Round = Pass | Judgment | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """Somebody who judged the debate afterwards: step by step, or once with a look at the clock."""

    judge: str
    mode: str
    began: float | None
    judgments: tuple[Judgment, ...]
    left: tuple[ev.Unmapped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Debate:
    """A debate as read: a round is a pass of speeches, a live judge's word, or whether all voted to end the debate."""

    question: str
    answers: tuple[str, str]
    correct: int
    roles: dict[str, str]
    article: str
    title: str
    began: float
    rule: ev.ScoringRule | None
    rounds: tuple[Round, ...]
    offline: tuple[Offline, ...]
    counts: dict[str, int]
    remarks: tuple[str, ...]

    @property
    def judgments(self) -> tuple[Judgment, ...]:
        return tuple(item for item in self.rounds if isinstance(item, Judgment))

    @property
    def passes(self) -> tuple[Pass, ...]:
        return tuple(item for item in self.rounds if isinstance(item, Pass))

    @property
    def continues(self) -> int:
        """How often the live judge let the debate go on."""
        return sum(not judgment.last for judgment in self.judgments)

    @property
    def last(self) -> Judgment | None:
        """The live judge's last word, if she had it."""
        return self.judgments[-1] if self.judgments and self.judgments[-1].last else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the metadata say of a debate."""

    node: Foreign
    human: bool
    in_paper: bool
    ended: str
    reward: float | None


# -- the file ----------------------------------------------------------------------------------------------------------


def read_debate(document: Foreign) -> Debate:
    """The debate in a file.

    Raises:
        SourceDamaged: something is missing or of the wrong kind; says what and where.
    """
    setup = document.need("setup")
    answers = [answer.text() for answer in setup.need("answers").each()]
    if len(answers) != len(LABELS):
        raise SourceDamaged(f"setup.answers must hold 2 answers, not {len(answers)}")
    correct = setup.need("correctAnswerIndex").whole()
    if correct not in (0, 1):
        raise SourceDamaged(f"setup.correctAnswerIndex must be 0 or 1, not {correct}")
    roles = setup.need("roles")
    article, title, story = _story(setup.need("sourceMaterial"))
    reader = _Rounds(story)
    rounds = tuple(item for node in document.need("rounds").each() for item in reader.round(node))
    offline = tuple(reader.offline)
    _assigned_judges(setup, offline)
    _notes(document)
    return Debate(
        question=setup.need("question").text(),
        answers=(answers[0], answers[1]),
        correct=correct,
        roles={name: roles.said(name) for name in (*LABELS, "Judge") if roles.get(name) is not None},
        article=article,
        title=title,
        began=setup.need("creationTime").number() / 1000,
        rule=_rule(setup.need("rules")),
        rounds=rounds,
        offline=offline,
        counts={"rounds": len(document.need("rounds").each()), **reader.counts},
        remarks=tuple(reader.remarks()),
    )


def _story(material: Foreign) -> tuple[str, str, list[str]]:
    """Article id, title and tokens of the story, which quotes point into. The story itself is not copied."""
    known = material.get("QuALITYSourceMaterial") or material.need("CustomSourceMaterial")
    contents = known.need("contents")
    tokens = contents.take()
    if not isinstance(tokens, list) or set(map(type, tokens)) - {str}:
        raise contents.damaged("must be a list of tokens")
    digest = sha256(json.dumps(tokens, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
    found = known.get("articleId")
    article, title = found.word() if found else "", known.said("title")
    contents.set_aside(
        f"the story is not copied: article {article or 'unknown'}, {title!r}, {len(tokens)} tokens, sha256 {digest} of"
        " them as JSON"
    )
    return article, title, tokens


def _rule(rules: Foreign) -> ev.ScoringRule | None:
    """The logarithmic scoring rule; None where another one held, which is left behind."""
    for name in ("fixedOpening", "repeatingStructure", "fixedClosing"):
        if (part := rules.get(name)) is not None:
            part.set_aside("the plan of the rounds with its limits of characters; the rounds held are in the session")
    rules.skip_empty("globalQuoteRestriction")
    scoring = rules.get("scoringFunction")
    known = scoring.get("LogScoreWithLinearPenalty") if scoring else None
    if known is None:
        return None
    return ev.ScoringRule(
        log_base=known.need("logBase").number(),
        coefficient=known.need("baseCoefficient").number(),
        constant=known.need("constant").number(),
        penalty=known.need("perTurnPenalty").number(),
    )


def _assigned_judges(setup: Foreign, offline: tuple[Offline, ...]) -> None:
    """Those who judged in the way they were assigned are known; the others are left behind."""
    assigned = setup.get("offlineJudges")
    for name, mode in assigned.named() if assigned else ():
        if any(item.judge == name and mode.value in (None, item.mode) for item in offline):
            mode.take()
        else:
            mode.set_aside("was assigned to judge afterwards and did not, or not in this way")


def _notes(document: Foreign) -> None:
    if (survey := document.get("feedback")) is not None:
        for _, answers in survey.named():
            answers.set_aside("answers to the survey after the debate")
    if (pads := document.get("scratchpads")) is not None:
        for _, pad in pads.named():
            pad.set_aside("private notes, which nobody was shown")


class _Rounds:
    """Reads the rounds of a file in order, counting what it meets."""

    def __init__(self, story: list[str]) -> None:
        self._story = story
        self.offline: list[Offline] = []
        self.counts = dict.fromkeys((*SPEECHES.values(), "live beliefs", "offline judgment rounds"), 0)
        self.counts |= dict.fromkeys(("offline beliefs", "negotiate-end rounds"), 0)
        self._quotes = self._beyond = 0

    def round(self, node: Foreign) -> Iterator[Round]:
        """What one round holds; nothing where its kind is not known, which leaves it behind."""
        for kind, counted in SPEECHES.items():
            if (speeches := node.get(kind)) is not None:
                self.counts[counted] += 1
                yield Pass(speeches=self._speeches(speeches.need("speeches")), at_once=kind == "SimultaneousSpeeches")
        if (feedback := node.get("JudgeFeedback")) is not None:
            self.counts["live beliefs"] += 1
            yield self._judgment(feedback)
        if (ended := node.get("NegotiateEnd")) is not None:
            self.counts["negotiate-end rounds"] += 1
            yield _agreed(ended.need("votes"))
        if (judged := node.get("OfflineJudgments")) is not None:
            self.counts["offline judgment rounds"] += 1
            self.offline += [self._offline(judge, one) for judge, one in judged.need("judgments").named()]

    def _speeches(self, node: Foreign) -> tuple[Speech, ...]:
        """The speeches of a round by their time: the order of an object's keys says nothing."""
        given = [(side, node.get(str(side))) for side in range(len(LABELS))]
        return tuple(sorted((self._speech(side, one) for side, one in given if one), key=lambda speech: speech.at))

    def _speech(self, side: int, node: Foreign) -> Speech:
        return Speech(
            side=side,
            speaker=node.need("speaker").text(),
            at=node.need("timestamp").number() / 1000,
            text=self._words(node.need("content")),
        )

    def _judgment(self, node: Foreign) -> Judgment:
        shares = node.need("distribution")
        values = [share.number() for share in shares.each()]
        if len(values) != len(LABELS) or abs(sum(values) - 1) > _SUM_TOLERANCE or min(values) < 0:
            raise shares.damaged(f"must be 2 probabilities that sum to 1, not {values!r:.80}")
        feedback = node.need("feedback")
        return Judgment(
            judge=feedback.need("speaker").text(),
            at=feedback.need("timestamp").number() / 1000,
            probabilities=(values[0], values[1]),
            text=self._words(feedback.need("content")),
            last=node.need("endDebate").flag(),
        )

    def _offline(self, judge: str, node: Foreign) -> Offline:
        judgments = tuple(self._judgment(one) for one in node.need("judgments").each())
        self.counts["offline beliefs"] += len(judgments)
        began = node.need("startTimeMillis").number() / 1000
        return Offline(
            judge=judge,
            mode=node.need("mode").text(),
            began=began if began >= 0 else judgments[0].at if judgments else None,
            judgments=judgments,
            left=node.left_behind(),
        )

    def _words(self, content: Foreign) -> str:
        """Texts and quotes in order. Where the source has no blank between a word and a quote, one is put there."""
        words, after_quote = "", False
        for segment in content.each():
            if (text := segment.get("Text")) is not None:
                said = text.need("text").text()
                words += f" {said}" if after_quote and said[:1].isalnum() else said
                after_quote = after_quote and not said
            if (quote := segment.get("Quote")) is not None:
                apart = words and not (words[-1].isspace() or words[-1] in "([{\"'“‘/")
                words += f"{' ' if apart else ''}“{self._quoted(quote.need('span'))}”"
                after_quote = True
        return words

    def _quoted(self, span: Foreign) -> str:
        ends = [end.whole() for end in span.each()]
        if len(ends) != 2 or not 0 <= ends[0] <= ends[1]:
            raise span.damaged(f"must be the first token of a quote and the one behind its last, not {ends!r:.80}")
        self._quotes += 1
        self._beyond += ends[1] > len(self._story)
        return untokenised(self._story[ends[0] : ends[1]])

    def remarks(self) -> Iterator[str]:
        """What must be said of how quotes were read."""
        if self._quotes:
            yield (
                "Quotes stand between “ and ”, put together from the story's tokens: blanks and quotation marks within"
                " them, and the blanks around them, may differ from the story's."
            )
        if self._beyond:
            yield f"{self._beyond} of the quotes reach beyond the end of the story; what there is of them is given."


def _agreed(votes: Foreign) -> bool:
    """Whether all who were to vote voted to end the debate."""
    given = [vote for side in range(len(LABELS)) if (vote := votes.get(str(side))) is not None]
    agreed = len(given) == len(LABELS) and all(vote.value is True for vote in given)
    for vote in given:
        vote.flag()
        vote.set_aside("a debater's vote on ending the debate has no place in a session")
    return agreed


# -- the metadata ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _rows(data: bytes) -> dict[str, Any]:
    """Rows by the name of the debate; lines that are none count for nothing."""
    found = {}
    for line in data.splitlines():
        try:
            row, _ = parse(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            found[row["name"]] = row
    return found


def read_row(source: Source, debate: Debate) -> Row | None:
    """The debate's row in the file of metadata beside it; None where there is no such file or row."""
    beside = source.beside(METADATA)
    value = _rows(beside.data).get(source.stem) if beside else None
    if value is None:
        return None
    node = Foreign(value, METADATA)
    node.explain("bookkeeping of the experiments")
    story = {"QuALITYStory": {"id": debate.article, "title": debate.title}}
    for key, known in (
        ("name", source.stem),
        ("question", debate.question),
        ("creationTime", round(debate.began * 1000)),
        ("roleAssignments", debate.roles),
        ("sourceMaterialId", story),
        ("storyTitle", debate.title),
    ):
        node.agrees(key, known)
    node.skip_empty("currentSpeakers", "currentParticipants", "offlineJudges")
    setting = node.need("setting")
    setting.agrees("isDebate", sum(label in debate.roles for label in LABELS) > 1)
    in_paper = node.get("includedInPaper")
    ended, reward = _status(node.need("status"), debate)
    return Row(
        node=node,
        human=setting.need("isHuman").flag(),
        in_paper=in_paper is not None and in_paper.flag(),
        ended=ended,
        reward=reward,
    )


def _status(status: Foreign, debate: Debate) -> tuple[str, float | None]:
    """How the debate ended, `open` where it did not, and what the judge was paid."""
    status.skip_empty("InProgress", "WaitingToBegin")
    complete = status.get("Complete")
    if complete is None:
        return "open", None
    complete.skip_empty("offlineJudgingResults", "feedbackProviders")
    if (again := complete.get("offlineJudgingResults")) is not None and again.value:
        again.set_aside("the judgments of those who judged afterwards once more; they have sessions of their own")
    if (names := complete.get("feedbackProviders")) is not None and names.value:
        names.set_aside("who answered the survey after the debate")
    return _result(complete.need("result"), debate)


def _result(result: Foreign, debate: Debate) -> tuple[str, float | None]:
    result.agrees("correctAnswerIndex", debate.correct)
    ended = "open"
    for kind in ("JudgeDecided", "MutualAgreement", "TimeUp"):
        if (found := result.need("endedBy").get(kind)) is not None:
            found.take()
            ended = kind
    judging = result.get("judgingInfo")
    if judging is None:
        return ended, None
    judging.agrees("correctAnswerIndex", debate.correct)
    judging.agrees("numContinues", debate.continues)
    judging.agrees("finalJudgement", list(debate.judgments[-1].probabilities) if debate.judgments else None)
    return ended, judging.need("judgeReward").number()
