"""A log as SQL text: how `data/schema_N.sql` is made when schema N is released.

A released dump is never made again: it stands for the files people have. `schema_1.sql` was made by the code of that
time. The newest one may be renewed until its release by
    python -m tests.session_log.dumping tests/session_log/data/schema_2.sql
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path

from chatarena.session_log.store import SessionLog
from tests.session_log.samples import elsewhere, entries, everything, opened, spoken

# SQLite makes the tables behind a full-text index itself.
_OWN = "sql IS NOT NULL AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'words_fts_*'"


def dump(connection: sqlite3.Connection) -> str:
    """Statements that make the log again, guards included."""
    statements = [
        f"PRAGMA {name} = {connection.execute(f'PRAGMA {name}').fetchone()[0]};"
        for name in ("application_id", "user_version")
    ]
    schema = connection.execute(f"SELECT type, name, sql FROM sqlite_master WHERE {_OWN} ORDER BY rowid").fetchall()
    statements += [f"{sql};" for _, _, sql in schema]
    for kind, name, sql in schema:
        if kind == "table" and not sql.startswith("CREATE VIRTUAL"):
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            values = " || ', ' || ".join(f"quote({column})" for column in names)
            rows = connection.execute(f"SELECT {values} FROM {name} ORDER BY rowid")
            statements += [f"INSERT INTO {name} ({', '.join(names)}) VALUES ({row[0]});" for row in rows]
    return "\n".join(statements) + "\n"


def main(target: str) -> None:
    """Write the dump of a log that holds the sample session and one with all that can come from elsewhere."""
    with tempfile.TemporaryDirectory() as folder, SessionLog(Path(folder) / "log.db", environ={}) as log:
        log.append(entries("01K5PZ4V00SEC0NDVERS10N001", everything()))
        log.append(entries("01K5PZ4V00SEC0NDVERS10N002", (opened(), *elsewhere(), spoken())))
        log.rename("01K5PZ4V00SEC0NDVERS10N002", "The borrowed one")
        log.tag("01K5PZ4V00SEC0NDVERS10N002", add=("pilot", "海"))
        with sqlite3.connect(log.path) as connection:
            Path(target).write_text(dump(connection), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
