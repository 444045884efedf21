"""What `chatarena doctor` checks of models: weights, keys by name, local servers, whether the default one answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chatarena.cli.checks import Check, failed, ok
from chatarena.cli.ending import run_endable
from chatarena.cli.home import Paths
from chatarena.errors import ArenaError, ModelProcessDied

if TYPE_CHECKING:
    from chatarena.cli.settings import Settings


def weights(settings: Settings, paths: Paths) -> Check:
    """Whether the default model's weights are here, where it needs any."""
    from chatarena.language_model.install import PREFIX, locate

    model = settings.models.default
    if not model.startswith(PREFIX):
        return ok("weights", f"{model} needs none here")
    try:
        return ok("weights", f"{model} at {locate(model, paths.models_dir)}")
    except ArenaError as error:
        return failed("weights", error)


def weights_to_come(settings: Settings, paths: Paths) -> int:
    """Bytes of the default model's weights that are still to be fetched."""
    from chatarena.language_model.install import PREFIX, WEIGHTS, installed

    name = settings.models.default.removeprefix(PREFIX)
    missing = name in WEIGHTS and not installed(name, paths.models_dir)
    return WEIGHTS[name].size if missing else 0


def keys(settings: Settings, environ: Mapping[str, str]) -> Iterator[Check]:
    """Which keys are there, by the names of their variables; a key that the settings name and that is not there."""
    from chatarena.language_model.detect import keys_present

    present = [suggestion.found.removesuffix(" is set") for suggestion in keys_present(environ)]
    yield ok("keys", f"set: {', '.join(present)}" if present else "none is set, and the embedded model needs none")
    for model, variable in settings.models.api_key_env.items():
        if not environ.get(variable):
            found = f"{variable} is not set, and the settings name it for {model}"
            yield Check(name="keys", status="warn", found=found, remedy=f"export {variable} in your shell")


def local_servers(environ: Mapping[str, str]) -> Check:
    """Whether Ollama or LM Studio answers on this machine."""
    from chatarena.language_model.detect import detect

    found = [suggestion for suggestion in detect(environ) if suggestion.kind != "key"]
    if not found:
        return ok("local servers", "none found on this machine (Ollama, LM Studio)")
    return ok("local servers", f"{'; '.join(one.found for one in found)}; use one with --model {found[0].model}")


def model_process(settings: Settings, paths: Paths) -> Check:
    """Whether the process that holds the model libraries starts."""
    from chatarena.cli.probe import start_only

    try:
        seconds = run_endable(start_only(settings, paths))
    except ArenaError as error:
        return failed("model process", error)
    return ok("model process", f"ready after {seconds:.1f} s")


def generation(settings: Settings, paths: Paths) -> Iterator[Check]:
    """Whether the model process starts and the default model answers a tiny question."""
    from chatarena.cli.probe import in_words, probe

    model = settings.models.default
    try:
        done = run_endable(probe(settings, paths, model))
    except ModelProcessDied as error:
        yield failed("model process", error)
    except ArenaError as error:
        yield failed("generation", error)
    else:
        yield ok("model process", f"ready after {done.ready_seconds:.1f} s")
        yield ok("generation", f"{model}: {in_words(done)}")
