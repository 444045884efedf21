"""`chatarena config`: what is set and by whom, whether it is right, what could be set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.cli.home import PROJECT_CONFIG, find_paths
from chatarena.cli.verbs import Verbs, wants_json

if TYPE_CHECKING:
    from chatarena.cli.settings_sources import Fault


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Strongest first: the command line, CHATARENA_SECTION__KEY in the environment, ./chatarena.toml, your own file,"
        " the defaults."
    )
    verbs = Verbs(parser)
    verbs.add("show", "print every setting in force and where it comes from", show)
    validate_parser = verbs.add("validate", "find everything wrong with the settings", validate)
    validate_parser.add_argument("files", nargs="*", metavar="FILE", help="check these instead of the ones in force")
    verbs.add("schema", "print the JSON Schema of a settings file, for editors", schema)
    set_parser = verbs.add("set", "change one setting in your own file, whose comments stay", set_)
    set_parser.add_argument("key", metavar="KEY", help="such as session.rounds")
    set_parser.add_argument("value", metavar="VALUE", help="text as it is; numbers and tables as in TOML")
    unset_parser = verbs.add("unset", "take one setting out of your own file", unset)
    unset_parser.add_argument("key", metavar="KEY", help="such as session.rounds")
    init_parser = verbs.add("init", "write a settings file with every setting commented out", init)
    init_parser.add_argument("--project", action="store_true", help=f"as ./{PROJECT_CONFIG} instead of your own file")


def show(args: argparse.Namespace) -> int:
    """Prints key, value and source of every setting."""
    from chatarena.cli.output import emit_json, emit_table
    from chatarena.cli.settings_loading import explain
    from chatarena.cli.toml import toml_value

    rows = explain()
    if wants_json(args):
        emit_json([{"key": row.key, "value": row.value, "source": row.source} for row in rows])
    else:
        table = [(row.key, None if row.value is None else toml_value(row.value), row.source) for row in rows]
        emit_table(("key", "value", "source"), table, whole=True)
    return 0


def validate(args: argparse.Namespace) -> int:
    """Prints every fault with its file, line and key; exit code 2 where there is one."""
    from chatarena.cli.output import emit_json, say, tell

    checked, faults = _checked([Path(name) for name in args.files] if getattr(args, "files", None) else [])
    if wants_json(args):
        data = {"checked": checked, "faults": [_as_json(fault) for fault in faults]}
        emit_json(data, status="failed" if faults else "ok")
    else:
        for fault in faults:
            tell(f"{fault.said}\n  {fault.remedy}")
        if not faults:
            for place in checked:
                say(place, mark="ok  ", tone="ok")
    return 2 if faults else 0


def _checked(files: list[Path]) -> tuple[list[str], tuple[Fault, ...]]:
    from chatarena.cli.settings_sources import read_file, read_layers, sources_present

    if files:
        found = tuple(fault for path in files for fault in read_file(path, project=path.name == PROJECT_CONFIG)[1])
        return [str(path) for path in files], found
    import os

    paths = find_paths()
    faults = read_layers({}, paths, os.environ)[1]
    return list(sources_present(paths, os.environ)), faults or _key_faults()


def _key_faults() -> tuple[Fault, ...]:
    """Where a person's own keys do not go together; the screens, which know, are loaded only where there are any."""
    from chatarena.cli.settings_loading import load_settings
    from chatarena.cli.settings_sources import Fault
    from chatarena.errors import SettingsError

    own = load_settings().ui.keymap
    if not own:
        return ()
    from chatarena.tui.bindings import keymap

    try:
        keymap(own)
    except SettingsError as error:
        return (Fault(place="your keys", message=error.message.removeprefix("keys: "), remedy=error.remedy),)
    return ()


def _as_json(fault: Fault) -> dict[str, object]:
    return {
        "place": fault.place,
        "line": fault.line,
        "key": fault.key,
        "message": fault.message,
        "remedy": fault.remedy,
    }


def schema(args: argparse.Namespace) -> int:
    """Prints the JSON Schema, in the envelope only where `--json` asks for it."""
    import json

    from chatarena.cli.output import emit_json, say
    from chatarena.cli.settings_loading import schema as settings_schema

    if wants_json(args):
        emit_json(settings_schema())
    else:
        say(json.dumps(settings_schema(), indent=2))
    return 0


def set_(args: argparse.Namespace) -> int:
    """Writes one setting and prints what is in force then."""
    return _changed(args, args.value)


def unset(args: argparse.Namespace) -> int:
    """Takes one setting out and prints what is in force then."""
    return _changed(args, None)


def _changed(args: argparse.Namespace, text: str | None) -> int:
    import os

    from chatarena.cli.output import emit_json, emit_table, narrate
    from chatarena.cli.preferences import written
    from chatarena.cli.settings_loading import explain
    from chatarena.cli.toml import toml_value

    paths = find_paths()
    written(paths, os.environ, args.key, text)
    rows = [row for row in explain(paths=paths) if row.key == args.key or row.key.startswith(f"{args.key}.")]
    if wants_json(args):
        emit_json([{"key": row.key, "value": row.value, "source": row.source} for row in rows])
        return 0
    table = [(row.key, None if row.value is None else toml_value(row.value), row.source) for row in rows]
    emit_table(("key", "value", "source"), table, whole=True)
    if text is not None and not any(row.source.startswith(str(paths.config_file)) for row in rows):
        narrate(f"Written to {paths.config_file}, but what is shown here is stronger.")
    return 0


def init(args: argparse.Namespace) -> int:
    """Writes the file and prints where; never over an existing one."""
    from chatarena.cli.home import write_private
    from chatarena.cli.output import emit_json, narrate, say
    from chatarena.cli.settings_template import template

    path = Path.cwd() / PROJECT_CONFIG if args.project else find_paths().config_file
    write_private(path, template(project=args.project))
    if wants_json(args):
        emit_json({"path": str(path)})
    else:
        say(str(path))
        narrate("Every setting is commented out: remove the # in front of what you want to change.")
    return 0
