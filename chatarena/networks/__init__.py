"""The second paper: agents on a directed acyclic graph who see part of the evidence and their parents' predictions.

Law: pure. Tables come in as arrays, chance as a numpy Generator; nothing here knows a session, a file or a clock.
"""
