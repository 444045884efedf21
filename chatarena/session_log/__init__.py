"""The record of sessions on disk: append-only entries in SQLite, searchable, durable before they are shown."""
