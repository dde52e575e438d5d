"""Exports a table by DuckDB's COPY, from one of its own databases or by its extension for a server: kind, address, table, file, folder."""
import glob
import importlib.util
import os
import shutil
import sys

import duckdb

kind, address, table, file, folder = sys.argv[1:6]
connection = duckdb.connect()
if kind == "duckdb":
    connection.execute(f"ATTACH '{address}' AS source (READ_ONLY)")
else:
    package = importlib.util.find_spec(f"duckdb_extension_{kind}").submodule_search_locations[0]
    (packed,) = glob.glob(f"{package}/extensions/*/{kind}.duckdb_extension")
    # DuckDB takes the name of the entry point from the name of the file.
    extension = os.path.join(folder, f"{kind}_scanner.duckdb_extension")
    shutil.copy(packed, extension)
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"ATTACH '{address}' AS source (TYPE {kind}, READ_ONLY)")
schema = {"duckdb": "main", "mysql": "test", "postgres": "public"}[kind]
connection.execute(f"COPY (SELECT * FROM source.{schema}.{table}) TO '{file}' (FORMAT parquet)")
