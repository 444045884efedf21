"""The first paper as runnable games: commitment, competition, persuasion, selection.

Law: pure. Games come in as arrays, chance as a numpy Generator; nothing here knows a session, a file or a clock.
"""
