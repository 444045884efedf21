"""Sessions on their way in and out of the log: bundles, tables, and other people's debates."""
