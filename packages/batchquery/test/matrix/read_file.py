"""Reads the column `c` of Parquet files for the matrix of types. Each line of stdin is a request in JSON: a path, and the reader, pyarrow or
duckdb. The reply is a line of JSON: the type in the file's own footer, its metadata, and the values by `id`."""

import json
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq

INTERVAL_BYTES = 12


def tagged(kind, **fields):
    return {"kind": kind, **fields}


def read_text(scalar):
    raw = scalar.as_buffer().to_pybytes()
    try:
        return tagged("text", text=raw.decode())
    except UnicodeDecodeError:
        return tagged("bytes", hex=raw.hex())


def read_float(scalar):
    form = ">f" if pa.types.is_float32(scalar.type) else ">d"
    return tagged("float", bits=struct.pack(form, scalar.as_py()).hex())


def read_interval(scalar):
    months, days, nanoseconds = scalar.as_py()
    return tagged("interval", months=months, days=days, microseconds=str(nanoseconds / 1000).removesuffix(".0"))


def read_parquet_interval(raw):
    months, days, milliseconds = struct.unpack("<III", raw)
    return tagged("interval", months=months, days=days, microseconds=str(milliseconds * 1000))


def read_value(scalar, is_interval=False):
    """A value, tagged with what it is."""
    type_ = scalar.type
    if not scalar.is_valid:
        return None
    if isinstance(type_, pa.BaseExtensionType) or pa.types.is_dictionary(type_):
        return read_value(scalar.value)
    if pa.types.is_boolean(type_):
        return tagged("boolean", value=scalar.as_py())
    if pa.types.is_integer(type_):
        return tagged("number", digits=str(scalar.as_py()))
    if pa.types.is_decimal(type_):
        return tagged("number", digits=format(scalar.as_py(), "f"))
    if pa.types.is_floating(type_):
        return read_float(scalar)
    if pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return read_text(scalar)
    if is_interval and pa.types.is_fixed_size_binary(type_) and type_.byte_width == INTERVAL_BYTES:
        return read_parquet_interval(scalar.as_py())
    if pa.types.is_binary(type_) or pa.types.is_large_binary(type_) or pa.types.is_fixed_size_binary(type_):
        return tagged("bytes", hex=scalar.as_py().hex())
    if pa.types.is_date32(type_):
        return tagged("date", days=scalar.value)
    if pa.types.is_timestamp(type_):
        return tagged("timestamp", value=str(scalar.value), unit=type_.unit, isUtc=type_.tz is not None)
    if pa.types.is_time(type_) or pa.types.is_duration(type_):
        return tagged("time", value=str(scalar.value), unit=type_.unit)
    if pa.types.is_interval(type_):
        return read_interval(scalar)
    if pa.types.is_map(type_):
        # The entries are structs of a key and a value.
        entries = [[read_value(entry["key"]), read_value(entry["value"])] for entry in scalar.values]
        return tagged("map", entries=entries)
    if pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_):
        return tagged("list", items=[read_value(item) for item in scalar.values])
    if pa.types.is_struct(type_):
        return tagged("struct", fields=[[name, read_value(field)] for name, field in scalar.items()])
    raise ValueError(f"no way to compare {type_}")


def leaf_name(leaf):
    """The type of a column without parts, in a few letters."""
    logical = json.loads(leaf.logical_type.to_json())
    kind = logical["Type"]
    if kind == "Int":
        width = logical["bitWidth"]
        return f"UINT{width}" if not logical["isSigned"] else leaf.physical_type
    if kind == "Decimal":
        return f"DECIMAL({logical['precision']},{logical['scale']})"
    if kind == "Timestamp":
        unit = logical["timeUnit"]
        zone = " UTC" if logical["isAdjustedToUTC"] else ""
        return "TIMESTAMP" + zone + ("" if unit == "microseconds" else f" {unit}")
    if kind == "Time":
        return "TIME" if logical["timeUnit"] == "microseconds" else f"TIME {logical['timeUnit']}"
    if kind in ("None", "Undefined"):
        return f"FIXED({leaf.length})" if leaf.physical_type == "FIXED_LEN_BYTE_ARRAY" else leaf.physical_type
    return kind.upper()


def type_name(type_, leaves):
    """The type of a column. `leaves` are those that belong to it, in order, and are taken away."""
    if isinstance(type_, pa.BaseExtensionType):
        return type_name(type_.storage_type, leaves)
    if pa.types.is_map(type_):
        return f"MAP of {type_name(type_.key_type, leaves)} and {type_name(type_.item_type, leaves)}"
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return f"LIST of {type_name(type_.value_type, leaves)}"
    if pa.types.is_struct(type_):
        return f"STRUCT of {', '.join(type_name(field.type, leaves) for field in type_)}"
    return leaf_name(leaves.pop(0))


def answer(request):
    path = request["path"]
    with pq.ParquetFile(path) as file:
        schema = file.schema
        leaves = [schema.column(at) for at in range(len(schema))]
        leaves = [leaf for leaf in leaves if leaf.path.split(".")[0] == "c"]
        name = type_name(file.schema_arrow.field("c").type, leaves)
        metadata = file.metadata.metadata or {}
        table = file.read() if request["reader"] == "pyarrow" else None
    if table is None:
        # Only the programs of others come with it.
        import duckdb

        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        table = connection.execute("SELECT * FROM read_parquet(?)", [path]).to_arrow_table()
    ids = [str(value) for value in table.column("id").to_pylist()]
    values = [read_value(scalar, name == "INTERVAL") for scalar in table.column("c")]
    return {
        "type": name,
        "metadata": {key.decode(): value.decode() for key, value in metadata.items() if key != b"ARROW:schema"},
        "values": dict(zip(ids, values, strict=True)),
    }


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # The matrix shows it.
        reply = {"error": repr(error)}
    print(json.dumps(reply), flush=True)
