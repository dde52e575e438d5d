"""Adds a Parquet file to an Iceberg table, as a lake takes files over, and prints the number of rows that the table has:
iceberg_witness.py FILE FOLDER FILTER"""

import sys
import warnings

import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog

warnings.simplefilter("ignore")
path, folder, row_filter = sys.argv[1:]
catalog = SqlCatalog("lake", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
catalog.create_namespace("test")
table = catalog.create_table("test.t", pq.read_schema(path))
table.add_files([path])
print(table.scan().to_arrow().num_rows, table.scan(row_filter=row_filter).to_arrow().num_rows)
