"""Prints the rows of a Parquet file as JSON, as pyarrow reads them: a map as a list of its pairs, bytes as hexadecimal digits,
decimals, dates and times as text, and a flat timestamp as its number."""

import datetime
import decimal
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def shown(value):
    if isinstance(value, dict):
        return {name: shown(member) for name, member in value.items()}
    if isinstance(value, tuple):
        return {"key": shown(value[0]), "value": shown(value[1])}
    if isinstance(value, list):
        return [shown(element) for element in value]
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    return value


table = pq.read_table(sys.argv[1])
for index, type_ in enumerate(table.schema.types):
    if pa.types.is_timestamp(type_):
        column = table.column(index).cast(pa.int64())
        table = table.set_column(index, table.column_names[index], column)
print(json.dumps([shown(row) for row in table.to_pylist()]))
