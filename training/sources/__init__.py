"""Sources: where a table can come from, and how it gets into a database."""
