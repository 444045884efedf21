"""Claim: four agents of one round batched beat four calls in a row, and a shared prefix is read once, not four times.

Every cell of the table is a fresh runtime of the same weights in this process, with prompts it has not seen.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatarena.cli.home import find_paths
from chatarena.language_model.embedded_runtime import Machine, Runtime, prepare_machine
from chatarena.language_model.install import locate

LANES = ("Ash", "Birch", "Cedar", "Damson")
FACTS = (
    "The flat is on the fourth floor, the lift fails twice a month, the rent is 890 and rises by 3 percent a year. ",
    "The office is forty minutes away by tram, which is full at eight and empty at ten, and parking costs 14 a day. ",
    "The landlord is friendly and slow, the neighbours are a school of music and a dentist who starts at seven. ",
    "There is a garden behind the house that nobody tends, and the town plans to widen the street in two years. ",
)


def messages(lane: str, run: str) -> list[dict[str, Any]]:
    brief = f"Case {run}. " + "".join(FACTS) * 5
    persona = (
        f"You are {lane}, one of four advisers. You want one thing and never mention it: to please everybody who lives"
        " near this person. You sound like somebody who has moved often and remembers every staircase. Speak to the"
        " person about this flat in about eighty words."
    )
    return [{"role": "system", "content": brief}, {"role": "user", "content": persona}]


def measure(path: Path, machine: Machine, *, batched: bool, reuse: bool, tokens: int) -> dict[str, float]:
    """One round of four agents: seconds, prompt tokens read, and tokens written a second by all together."""
    runtime = Runtime(path, machine, context=1536)
    run = f"{batched}-{reuse}"
    warm = {"messages": [{"role": "user", "content": "Hello."}], "max_tokens": 2}
    runtime.complete(warm, 0, "")

    def speak(lane: str) -> dict[str, Any]:
        request = {"messages": messages(lane, run), "max_tokens": tokens, "ignore_eos": True, "seed": 1}
        if not reuse:
            request["cache_prompt"] = False
        return runtime.complete(request, 1 if reuse else 0, lane)

    began = time.perf_counter()
    if batched:
        with ThreadPoolExecutor(len(LANES)) as pool:
            answers = list(pool.map(speak, LANES))
    else:
        answers = [speak(lane) for lane in LANES]
    seconds = time.perf_counter() - began
    written = sum(answer["usage"]["completion_tokens"] for answer in answers)
    read = sum(answer["timings"]["prompt_n"] for answer in answers)
    asked = sum(answer["usage"]["prompt_tokens"] for answer in answers)
    runtime.close()
    return {"seconds": seconds, "read": read, "asked": asked, "rate": written / seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="qwen2.5-1.5b", help="an installed model, or a path to a GGUF")
    parser.add_argument("--tokens", type=int, default=100)
    args = parser.parse_args()
    path = locate(args.model, find_paths().models_dir)
    machine = prepare_machine(os.environ)
    print(f"{path.name}: {machine.threads} threads, {'sleeping' if machine.passive else 'spinning'} when idle")
    cells = {
        (batched, reuse): measure(path, machine, batched=batched, reuse=reuse, tokens=args.tokens)
        for reuse in (False, True)
        for batched in (False, True)
    }
    worst = cells[(False, False)]["seconds"]
    print(f"four agents x {args.tokens} tokens; prompts of {worst and cells[(False, False)]['asked'] / 4:.0f} tokens")
    for (batched, reuse), cell in cells.items():
        name = f"{'batched' if batched else 'one after another'}, {'shared prefix read once' if reuse else 'no reuse'}"
        print(
            f"{name:45s} {cell['seconds']:6.1f} s   {worst / cell['seconds']:4.1f}x   "
            f"own prompt tokens read {cell['read']:5.0f}   {cell['rate']:5.1f} tokens/s written"
        )


if __name__ == "__main__":
    main()
