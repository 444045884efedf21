"""Every error a person can meet, and what it tells her to do.

ArenaError                      exit code 1
├── UsageError                  exit code 2: the call, a file or a setting is wrong
│   ├── AuthoringError          a decision, agent or cast file; says file, line and key
│   └── SettingsError           a configuration value; says where it came from
├── ModelError                  one call to a language model failed
│   ├── AuthenticationFailed    no key, or a key the provider refuses
│   ├── RateLimited             too many requests; carries Retry-After
│   ├── ProviderUnavailable     5xx, refused connection, connection lost in mid-stream
│   ├── ReplyTimedOut           no first token, a stall, or too long in all
│   ├── RequestRefused          the provider says the request itself is wrong (context too long, bad model)
│   ├── EmptyReply              the model returned nothing to show
│   ├── ModelProcessDied        the child process that holds the model libraries ended
│   ├── ModelNotInstalled       weights that `chatarena models get` would fetch
│   └── NotRecorded             a replay or a cache was asked for a reply it does not hold
├── BudgetError                 the budget cannot be kept, or is not enough for one turn
├── PartialRefused              exit code 4: somebody was not heard and the caller refused partial results
├── ExportMismatch              what was to be exported is not what the log holds
├── SourceError                 a file of another program cannot be imported
│   ├── SourceUnknown           no importer knows its format
│   └── SourceDamaged           it is of a known format and not as it must be; says file and place
└── LogError                    the session log cannot be written or read
    ├── LogNotWritable          read-only file, missing directory, disk full
    ├── LogTooNew               written by a newer version of the program
    ├── SessionConflict         a session from elsewhere and the one here differ
    ├── BundleDamaged           a file that is no bundle, or not as it was written
    └── SessionNotFound         no such session in this log
"""

from __future__ import annotations


class ArenaError(Exception):
    """Something went wrong that the message explains; `remedy` says what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message


class UsageError(ArenaError):
    """The call, a file or a setting is wrong; nothing was started."""

    exit_code = 2


class AuthoringError(UsageError):
    """A file that a person wrote cannot be used."""

    def __init__(
        self, message: str, *, file: str = "", line: int | None = None, key: str = "", remedy: str = ""
    ) -> None:
        place = ":".join([file, str(line)]) if line is not None else file
        super().__init__(f"{place}: {message}" if place else message, remedy=remedy)
        self.file, self.line, self.key = file, line, key


class SettingsError(UsageError):
    """A configuration value cannot be used."""


class ModelError(ArenaError):
    """One call to a language model failed.

    `retryable` says whether the same call may succeed later; `retry_after` is the provider's own wish in
    seconds, None where it gave none; `partial` is the text that had already arrived.
    """

    exit_code = 1
    retryable = False

    def __init__(self, message: str, *, remedy: str = "", retry_after: float | None = None, partial: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after
        self.partial = partial


class AuthenticationFailed(ModelError):
    """No key, or a key the provider refuses."""

    exit_code = 2


class RateLimited(ModelError):
    """Too many requests."""

    exit_code = 3
    retryable = True


class ProviderUnavailable(ModelError):
    """The provider is down, or the connection broke."""

    exit_code = 3
    retryable = True


class ReplyTimedOut(ModelError):
    """No first token, a stall between tokens, or too long in all; `phase` says which."""

    exit_code = 3
    retryable = True

    def __init__(self, message: str, *, phase: str, remedy: str = "", partial: str = "") -> None:
        super().__init__(message, remedy=remedy, partial=partial)
        self.phase = phase


class RequestRefused(ModelError):
    """The provider says the request itself is wrong: repeating it cannot help."""


class EmptyReply(ModelError):
    """The model finished without any text."""

    retryable = True


class ModelProcessDied(ModelError):
    """The child process that holds the model libraries ended."""

    exit_code = 3
    retryable = True


class ModelNotInstalled(ModelError):
    """The weights are not on this machine."""

    exit_code = 2


class NotRecorded(ModelError):
    """A replay or a cache was asked for a reply that it does not hold."""


class BudgetError(ArenaError):
    """The budget cannot be kept, or is not enough for one turn."""

    exit_code = 2


class PartialRefused(ArenaError):
    """Somebody was not heard and the caller refused partial results."""

    exit_code = 4


class ExportMismatch(ArenaError):
    """What was to be exported is not what the log holds; nothing was left behind."""


class SourceError(ArenaError):
    """A file of another program cannot be imported."""


class SourceUnknown(SourceError):
    """No importer knows the format of the file."""


class SourceDamaged(SourceError):
    """A file is of a known format and not as it must be; says what is wrong and where."""


class LogError(ArenaError):
    """The session log cannot be written or read."""


class LogNotWritable(LogError):
    """Read-only file, missing directory, disk full, or locked by another program."""


class LogTooNew(LogError):
    """The log was written by a newer version of the program."""

    exit_code = 2


class SessionConflict(LogError):
    """Two records of one session differ; `seq` is the first entry that is not the same in both."""

    def __init__(self, session: str, seq: int) -> None:
        super().__init__(
            f"session {session} is here already, and its entry {seq} is not the same there",
            remedy="Nothing of it was changed. Keep the other one apart, in a log of its own: set CHATARENA_HOME.",
        )
        self.session, self.seq = session, seq


class BundleDamaged(LogError):
    """A file that is no bundle, or is not as it was written."""


class SessionNotFound(LogError):
    """No such session in this log."""

    exit_code = 2
