"""Exports a table by DuckDB and its extension for another database: url, table, file, compression, folder for the extension."""
import glob
import importlib.util
import os
import shutil
import sys

import duckdb

url, table, file, compression, folder = sys.argv[1:6]
kind = url.split(":")[0]
package = importlib.util.find_spec(f"duckdb_extension_{kind}").submodule_search_locations[0]
(packed,) = glob.glob(f"{package}/extensions/*/{kind}.duckdb_extension")
# DuckDB takes the name of the entry point from the name of the file.
extension = os.path.join(folder, f"{kind}_scanner.duckdb_extension")
shutil.copy(packed, extension)
connection = duckdb.connect()
connection.execute(f"LOAD '{extension}'")
connection.execute(f"ATTACH '{url}' AS source (TYPE {kind}, READ_ONLY)")
schema = "public" if kind == "postgres" else "test"
connection.execute(
    f"COPY (SELECT * FROM source.{schema}.{table}) TO '{file}' (FORMAT parquet, COMPRESSION {compression})"
)
