"""A bundle is whole or says where it is not; what was written comes back, and writes the same bytes again."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.errors import BundleDamaged
from chatarena.exchange.bundle import check_bundle, parse_bundle, read_bundle, write_bundle
from chatarena.exchange.schema import bundle_schema
from chatarena.session_log.chain import chain_hash
from chatarena.session_log.codec import compact, decode, encode
from tests.session_log import samples
from tests.session_log.strategies import events, events_of


def entries_of(*facts: ev.Event, session: str = "01JD0000000000000000000000") -> tuple[ev.Entry, ...]:
    """Entries a second apart."""
    return tuple(
        ev.Entry(session=session, seq=seq, at=samples.NOON + seq / 3, elapsed=seq / 7, event=fact)
        for seq, fact in enumerate(facts)
    )


def data_of(entries: tuple[ev.Entry, ...], **annotations: object) -> bytes:
    return "".join(f"{line}\n" for line in write_bundle(entries, **annotations)).encode()  # type: ignore[arg-type]


WHOLE = entries_of(*samples.everything())
DATA = data_of(WHOLE, name="a name", tags=("b", "a"))
LINES = DATA.split(b"\n")[:-1]


@given(events())
def test_compact_text_stands_for_the_same_event(event: ev.Event) -> None:
    back = decode(encode(event))
    assert decode(compact(event)) == event
    assert compact(back) == compact(event)
    assert len(compact(event)) <= len(encode(event))


@given(events_of("session_opened"), st.lists(events(), max_size=5), st.text(max_size=5), st.lists(st.text(max_size=5)))
def test_reading_gives_the_session_and_writing_it_again_the_same_bytes(
    opened: ev.Event, more: list[ev.Event], name: str, tags: list[str]
) -> None:
    entries = entries_of(opened, *(event for event in more if not isinstance(event, ev.SessionOpened)))
    data = data_of(entries, name=name, tags=tags)
    read = parse_bundle(data)
    assert read.entries == entries
    assert (read.name, set(read.tags)) == (name, set(tags))
    assert data_of(read.entries, name=read.name, tags=read.tags) == data


def test_every_line_fits_the_published_schema() -> None:
    validator = jsonschema.Draft202012Validator(bundle_schema())
    for line in LINES:
        validator.validate(json.loads(line))
    assert not validator.is_valid(
        {"seq": 0, "at": 1.0, "elapsed": 0.0, "event": {"kind": "nonsense"}, "hash": "0" * 64}
    )


def test_the_chain_is_that_of_the_log() -> None:
    assert json.loads(LINES[-1])["end"]["hash"] == chain_hash(WHOLE)


def test_a_fork_shares_the_chain_of_its_prefix() -> None:
    other = entries_of(*samples.everything()[:4], ev.PrecisionSet(precision=3), session="another")
    assert chain_hash(other[:4]) == chain_hash(WHOLE[:4])
    assert chain_hash(other) != chain_hash(WHOLE[:5])


def test_a_thousand_single_bytes_changed_are_all_found() -> None:
    draw = random.Random(7)
    for _ in range(1000):
        place = draw.randrange(len(DATA))
        byte = draw.choice([b for b in range(256) if b != DATA[place]])
        damaged = DATA[:place] + bytes([byte]) + DATA[place + 1 :]
        found = check_bundle(damaged)
        line = DATA[:place].count(b"\n") + 1
        assert found, f"byte {place} (line {line}) from {DATA[place]} to {byte} was not noticed"
        # The header and the seal vouch for each other: which of the two was altered cannot be told.
        ends = {1, len(LINES)}
        assert any(abs(finding.line - line) <= 1 or {finding.line, line} <= ends for finding in found), (line, found)


def test_a_changed_body_is_named_alone() -> None:
    for number in range(2, len(LINES)):
        damaged = DATA.replace(LINES[number - 1], LINES[number - 1].replace(b'"elapsed":', b'"elapsed":9', 1))
        assert [(f.line, f.what) for f in check_bundle(damaged)] == [(number, "altered")], number


def lines(*numbers: int) -> bytes:
    return b"".join(LINES[number] + b"\n" for number in numbers)


ALL = tuple(range(len(LINES)))
SHUFFLED = {
    "one line dropped": ((*ALL[:5], *ALL[6:]), {"missing", "count"}, "entry 4 is missing"),
    "first entry dropped": ((0, *ALL[2:]), {"missing", "count"}, "entry 0 is missing"),
    "last entry dropped": ((*ALL[:-2], ALL[-1]), {"missing", "count"}, f"entry {len(ALL) - 3} is missing"),
    "three lines dropped": ((*ALL[:5], *ALL[8:]), {"missing", "count"}, "entries 4 to 6 are missing"),
    "two neighbours swapped": ((*ALL[:5], 6, 5, *ALL[7:]), {"moved"}, "entry 5 belongs behind entry 4"),
    "one line moved to the end": ((*ALL[:5], *ALL[6:-1], 5, ALL[-1]), {"moved"}, "entry 4 belongs behind entry 3"),
    "one line twice": ((*ALL[:6], 5, *ALL[6:]), {"added", "count"}, "there is another entry 4"),
    "no end line": (ALL[:-1], {"truncated"}, "the end line is missing"),
    "nothing but a header": ((0,), {"truncated"}, "the end line is missing"),
    "no header": (ALL[1:], {"unreadable"}, "not the header"),
}


@pytest.mark.parametrize(("numbers", "kinds", "words"), SHUFFLED.values(), ids=SHUFFLED)
def test_lines_that_are_missing_or_moved_are_named(numbers: tuple[int, ...], kinds: set[str], words: str) -> None:
    found = check_bundle(lines(*numbers))
    assert {finding.what for finding in found} <= kinds | {"altered"}
    assert kinds <= {finding.what for finding in found}
    assert any(words in finding.text for finding in found), found


def test_the_intact_bundle_has_no_findings() -> None:
    assert check_bundle(DATA) == ()


def test_parts_of_two_bundles_do_not_make_one() -> None:
    other = data_of(entries_of(*samples.everything(), session="another")).split(b"\n")
    assert check_bundle(b"\n".join([other[0], *LINES[1:], b""])), "a header of another session"


@pytest.mark.parametrize("annotations", [{"name": "other"}, {"tags": ("a",)}], ids=["name", "tags"])
def test_the_seal_covers_the_annotations(annotations: dict[str, object]) -> None:
    seals = {parse_bundle(data_of(WHOLE, **given)).seal for given in ({}, annotations)}
    assert len(seals) == 2


def test_a_damaged_file_is_not_read(tmp_path) -> None:
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(DATA.replace(b"zugzwang", b"Zugzwang"))
    with pytest.raises(BundleDamaged, match=r"damaged.jsonl is not as it was written: line 2: entry 0 was altered"):
        read_bundle(path)


def test_a_newer_format_says_so() -> None:
    header = LINES[0].replace(b'"chatarena_bundle":1', b'"chatarena_bundle":2')
    from chatarena.exchange.bundle import seal

    last = json.loads(LINES[-1])["end"]
    end = json.dumps({"end": last, "seal": seal(header.decode(), last["hash"])}, separators=(",", ":")).encode()
    with pytest.raises(BundleDamaged, match="format 2"):
        parse_bundle(b"\n".join([header, *LINES[1:-1], end, b""]))


@pytest.mark.parametrize(
    "entries",
    [(), (WHOLE[1],), (*entries_of(*samples.everything()[:2]), *entries_of(ev.Revealed(), session="b"))],
    ids=["none", "a gap", "two sessions"],
)
def test_only_one_whole_session_makes_a_bundle(entries: tuple[ev.Entry, ...]) -> None:
    with pytest.raises(ValueError, match="bundle"):
        list(write_bundle(entries))


def test_the_times_of_entries_are_kept_exactly() -> None:
    assert [entry.at for entry in parse_bundle(DATA).entries] == [entry.at for entry in WHOLE]
    assert all(a.at < b.at for a, b in pairwise(WHOLE))
