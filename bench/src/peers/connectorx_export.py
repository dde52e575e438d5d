"""Exports a table by ConnectorX, which holds it in memory, and pyarrow. The argument is JSON: see candidates/python.ts."""
import json
import sys

import connectorx
import pyarrow.parquet

order = json.loads(sys.argv[1])
partitions = {"partition_on": "id", "partition_num": order["partitions"]} if "partitions" in order else {}
rows = connectorx.read_sql(order["url"], f"SELECT * FROM {order['table']}", return_type="arrow", **partitions)
pyarrow.parquet.write_table(rows, order["target"], compression=order["compression"])
