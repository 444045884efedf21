"""Does a person's utility lie, approximately, in the convex hull of the agents' utilities? Fits, certificates, gaps.

Nothing here knows of sessions, files or clocks; a numpy Generator comes in where something is drawn.
"""
