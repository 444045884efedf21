"""A stand-in for the model process that speaks its protocol and dies, babbles or sulks on demand.

The model's name says what happens. It imports next to nothing, so it starts in some milliseconds.
"""

from __future__ import annotations

import json
import os
import signal
import sys


def say(at_once: int = 1 << 20, **message: object) -> None:
    line = json.dumps(message).encode() + b"\n"
    while line:
        line = line[os.write(1, line[:at_once]) :]


def done(number: int) -> None:
    outcome = {
        "finish_reason": "stop",
        "served_model": "fake",
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "cost": None,
        "top_logprobs": [],
    }
    say(op="done", id=number, outcome=outcome)


def answer(number: int, model: str) -> None:
    say(op="text", id=number, text="hel")
    match model:
        case "fake/silent":
            pass
        case "fake/exit":
            os.write(2, b"last words\n")
            os._exit(3)
        case "fake/crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "fake/babble":
            os.write(1, b"Give Feedback / Get Help\n")
        case "fake/long":
            say(op="text", id=number, text="x" * 3_000_000)
            done(number)
        case "fake/crumbs":
            say(1, op="text", id=number, text="lo")
            done(number)
        case _:
            say(op="text", id=number, text="lo")
            done(number)


def main() -> None:
    sulking = False
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if message["op"] == "call":
            model = message["request"]["model"]
            sulking = sulking or model == "fake/sulk"
            if not sulking:
                answer(message["id"], model)
        elif message["op"] == "cancel" and not sulking:
            say(op="cancelled", id=message["id"])
        elif message["op"] == "quit" and not sulking:
            return
    while sulking:
        signal.pause()


if __name__ == "__main__":
    main()
