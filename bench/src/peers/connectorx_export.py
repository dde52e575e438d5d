"""Exports a table by ConnectorX, which holds it in memory, and pyarrow: url, table, file, compression."""
import sys

import connectorx
import pyarrow.parquet

url, table, file, compression = sys.argv[1:5]
rows = connectorx.read_sql(url, f"SELECT * FROM {table}", return_type="arrow")
pyarrow.parquet.write_table(rows, file, compression=compression)
