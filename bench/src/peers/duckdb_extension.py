"""Exports a table by DuckDB and its extension for another database. The argument is JSON: see candidates/python.ts."""
import glob
import importlib.util
import json
import os
import shutil
import sys

import duckdb

order = json.loads(sys.argv[1])
connection = duckdb.connect()


def load(package, name):
    """Loads an extension from its wheel. DuckDB takes the name of the entry point from the name of the file."""
    folder = importlib.util.find_spec(f"duckdb_extension_{package}").submodule_search_locations[0]
    (packed,) = glob.glob(f"{folder}/extensions/*/{package}.duckdb_extension")
    extension = os.path.join(order["folder"], f"{name}.duckdb_extension")
    shutil.copy(packed, extension)
    connection.execute(f"LOAD '{extension}'")


load(order["kind"], f"{order['kind']}_scanner")
connection.execute(f"ATTACH '{order['url']}' AS source (TYPE {order['kind']}, READ_ONLY)")
if order["s3"]:
    load("httpfs", "httpfs")
    s3 = order["s3"]
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{s3['key']}', SECRET '{s3['secret']}', REGION '{s3['region']}', "
        f"ENDPOINT '{s3['endpoint']}', URL_STYLE 'path', USE_SSL false)"
    )
for statement in order.get("settings", []):
    connection.execute(statement)
options = order.get("options") or f"FORMAT parquet, COMPRESSION {order['compression']}"
connection.execute(f"COPY (SELECT * FROM source.{order['table']}) TO '{order['target']}' ({options})")
