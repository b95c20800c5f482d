"""What people decide about rows: kept beside the tables, laid over them, given out as annotated articles."""
