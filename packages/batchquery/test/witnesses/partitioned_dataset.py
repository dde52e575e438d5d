"""Reads a partitioned result with pyarrow's datasets. The argument is JSON: the folder, the format, the names and types of the columns of
the files and of the partitions. Prints the rows in JSON, ordered by the first column, each value as text."""

import json
import sys

import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds

TYPES = {
    "string": pa.string(),
    "int": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "decimal": pa.decimal128(12, 3),
}

order = json.loads(sys.argv[1])


def schema_of(columns):
    return pa.schema([(name, TYPES[kind]) for name, kind in columns])


# pyarrow reads no decimal from a path. It reads the text, which a cast turns into the decimal.
in_path = [(name, "string" if kind == "decimal" else kind) for name, kind in order["partitions"]]
partitions = schema_of(in_path)
columns = schema_of(order["columns"])
schema = pa.schema([*columns, *partitions])
if order["format"] == "csv":
    read = pa.csv.ReadOptions(column_names=columns.names)
    parse = pa.csv.ParseOptions(newlines_in_values=True)
    convert = pa.csv.ConvertOptions(
        column_types=columns, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    file_format = ds.CsvFileFormat(read_options=read, parse_options=parse, convert_options=convert)
else:
    file_format = "parquet"
hive = ds.partitioning(partitions, flavor="hive")
dataset = ds.dataset(order["folder"], schema=schema, format=file_format, partitioning=hive)
wanted = schema_of(order["columns"] + order["partitions"])
table = dataset.to_table().sort_by(columns.names[0]).cast(wanted)
rows = [column.cast(pa.string()).to_pylist() for column in table.columns]
print(json.dumps({"names": table.column_names, "rows": list(zip(*rows))}))
