"""Exports a table of a DuckDB database by COPY: database, table, file."""
import sys

import duckdb

database, table, file = sys.argv[1:4]
duckdb.connect(database, read_only=True).execute(f"COPY (SELECT * FROM {table}) TO '{file}' (FORMAT parquet)")
