"""What people write by hand: agents, casts, decisions, templates; read with line numbers, refused with a remedy."""
