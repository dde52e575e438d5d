"""Exports a table by ConnectorX and pyarrow: URL, table, file."""
import sys

import connectorx
import pyarrow.parquet

url, table, file = sys.argv[1:4]
rows = connectorx.read_sql(url, f"SELECT * FROM {table}", return_type="arrow")
pyarrow.parquet.write_table(rows, file)
