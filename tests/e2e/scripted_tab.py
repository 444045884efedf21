"""One tab's arena on the demo's script: a person wrote every word of it, and nothing is called."""

from __future__ import annotations

import sys

from chatarena.cli.demo import MODEL, Actors, demo_plan, read_script
from chatarena.cli.home import find_paths
from chatarena.cli.tab import main
from chatarena.language_model.scripted import ScriptedModel

SECONDS_PER_WORD = 0.005

if __name__ == "__main__":
    paths = find_paths()
    script = read_script(paths)
    actors = Actors(script, demo_plan(script, paths), SECONDS_PER_WORD)
    sys.exit(main(["--model", MODEL, *sys.argv[1:]], ScriptedModel(actors.answer)))
