"""The rules of a session: what is at stake, who speaks, what happened, what must happen next. Pure."""
