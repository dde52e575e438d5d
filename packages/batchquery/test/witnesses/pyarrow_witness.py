"""Reads Parquet files with pyarrow for the tests. Each line of stdin is a request in JSON, and gets a line of JSON:
the types, the values, and what is wrong with the statistics or with the rows that predicates find."""

import itertools
import json
import math
import operator
import struct
import sys
from decimal import Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

# Points that the predicates of one column are tried at.
MOST_POINTS = 12
# Bounds are cut to this many bytes. The next character after the last one of a maximum may have one more.
LONGEST_BOUND = 64
EXACT = Context(prec=80)
OPERATORS = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "<>": operator.ne,
}


def storage(column):
    if isinstance(column.type, pa.BaseExtensionType):
        return pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    return column


def is_list(column):
    return pa.types.is_list(column.type)


def element_type(type_):
    inner = type_.value_type if pa.types.is_list(type_) else type_
    return inner.storage_type if isinstance(inner, pa.BaseExtensionType) else inner


def elements(column):
    """The elements of all lists one after the other."""
    chunks = [chunk.flatten() for chunk in column.chunks]
    return storage(pa.chunked_array(chunks, column.type.value_type))


def rows_of(column):
    """The plain values of each row: a list's are a list."""
    if not is_list(column):
        return plain_values(column)
    values = iter(plain_values(elements(column)))
    lengths = pc.list_value_length(column).to_pylist()
    return [None if length is None else list(itertools.islice(values, length)) for length in lengths]


def entries_of(column):
    """The values as the file has them: one NULL for a list that is NULL or empty."""
    if not is_list(column):
        return plain_values(column)
    return [value for row in rows_of(column) for value in (row or [None])]


def plain_values(column):
    """The values as they compare in Parquet: numbers, booleans or bytes."""
    type_ = column.type
    if pa.types.is_date32(type_):
        return column.cast(pa.int32()).to_pylist()
    if pa.types.is_timestamp(type_):
        return column.cast(pa.int64()).to_pylist()
    if pa.types.is_string(type_):
        return column.cast(pa.binary()).to_pylist()
    if pa.types.is_decimal(type_):
        return [None if v is None else int(v.scaleb(type_.scale, EXACT)) for v in column.to_pylist()]
    return column.to_pylist()


def shown(type_, value):
    """A value as the tests have it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [shown(type_, element) for element in value]
    if pa.types.is_float32(type_):
        return struct.pack(">f", value).hex()
    if pa.types.is_float64(type_):
        return struct.pack(">d", value).hex()
    if pa.types.is_string(type_):
        return value.decode()
    if pa.types.is_decimal(type_):
        return format(Decimal(value).scaleb(-type_.scale, EXACT), "f")
    return value.hex().upper() if isinstance(value, bytes) else str(value)


def raw_bound(type_, raw):
    if pa.types.is_decimal(type_) and isinstance(raw, bytes):
        return int.from_bytes(raw, "big", signed=True)
    if pa.types.is_unsigned_integer(type_):
        return raw % (1 << type_.bit_width)
    return raw.encode() if isinstance(raw, str) else raw


def check_bounds(where, type_, statistics, values):
    numbers = [v for v in values if v is not None and v == v]
    has_nan = any(v is not None and v != v for v in values)
    if not statistics.has_min_max:
        # Bytes may have no upper bound.
        if numbers and not has_nan and not isinstance(numbers[0], bytes):
            yield f"{where} has no bounds"
        return
    if has_nan:
        yield f"{where} has bounds and NaN"
    low, high = (raw_bound(type_, raw) for raw in (statistics.min_raw, statistics.max_raw))
    if not numbers:
        yield f"{where} has bounds without values"
        return
    least, most = min(numbers), max(numbers)
    if isinstance(least, bytes):
        least_is_wrong = low != least if len(least) <= LONGEST_BOUND else not least.startswith(low)
        most_is_wrong = high != most if len(most) <= LONGEST_BOUND else high <= most or len(high) > LONGEST_BOUND + 1
    else:
        least_is_wrong, most_is_wrong = low != least, high != most
    if isinstance(least, float) and not least_is_wrong and not most_is_wrong:
        # A zero is -0 as the minimum, and 0 as the maximum.
        least_is_wrong = low == 0 and math.copysign(1, low) > 0
        most_is_wrong = high == 0 and math.copysign(1, high) < 0
    if least_is_wrong or most_is_wrong:
        yield f"{where}: the bounds {low!r} and {high!r} of values from {least!r} to {most!r}"


def check_statistics(file):
    for group in range(file.metadata.num_row_groups):
        rows = file.read_row_group(group)
        for index, name in enumerate(rows.column_names):
            where = f"{name!r} in group {group}"
            column = storage(rows.column(index))
            values = entries_of(column)
            nulls = sum(value is None for value in values)
            statistics = file.metadata.row_group(group).column(index).statistics
            if statistics.null_count != nulls:
                yield f"{where} has {nulls} NULLs, and the file says {statistics.null_count}"
            if statistics.has_distinct_count:
                distinct = len({struct.pack(">d", v) if isinstance(v, float) else v for v in values} - {None})
                if distinct != statistics.distinct_count:
                    yield f"{where} has {distinct} values, and the file says {statistics.distinct_count}"
            yield from check_bounds(where, element_type(column.type), statistics, values)


def neighbors(value, type_):
    """The value, and those right below and above it."""
    yield value
    if isinstance(value, float):
        if pa.types.is_float64(type_):
            yield from (math.nextafter(value, -math.inf), math.nextafter(value, math.inf))
    elif isinstance(value, str):
        yield from (value[:-1], value + "\0", value[:20])
    elif isinstance(value, bytes):
        yield from (value[:-1], value + b"\0", value[:20])
    elif isinstance(value, Decimal):
        step = Decimal(1).scaleb(-type_.scale, EXACT)
        yield from (EXACT.subtract(value, step), EXACT.add(value, step))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from (value - 1, value + 1)


def points_of(column):
    found = []
    bounds = []
    for chunk in column.chunks:
        present = chunk.drop_null()
        if len(present) > 0:
            ends = pc.min_max(present)
            bounds += [ends["min"], ends["max"], present[len(present) // 2]]
    for bound in bounds:
        if pa.types.is_temporal(column.type):
            found.append(bound)
            continue
        for value in neighbors(bound.as_py(), column.type):
            try:
                found.append(pa.scalar(value, column.type))
            except (pa.ArrowInvalid, OverflowError, UnicodeEncodeError):
                pass  # The type has no neighbor there.
    seen = {shown_point(point): point for point in found}
    return list(itertools.islice(seen.values(), MOST_POINTS))


def shown_point(point):
    # Python has no dates after year 9999.
    return str(point.value) if pa.types.is_temporal(point.type) else repr(point.as_py())


def check_predicates(path, file):
    dataset = ds.dataset(path)
    groups = [file.read_row_group(k) for k in range(file.metadata.num_row_groups)]
    if not groups:
        return
    table = pa.concat_tables(groups)
    for index, name in enumerate(table.column_names):
        column = table.column(index)
        if isinstance(column.type, pa.BaseExtensionType) or is_list(column):
            continue
        for point in points_of(column):
            for sign, compare in OPERATORS.items():
                condition = compare(pc.field(name), point)
                found = dataset.scanner(columns=[name], filter=condition).count_rows()
                wanted = pa.table({name: column}).filter(condition).num_rows
                if found != wanted:
                    yield f"{name!r} {sign} {shown_point(point)}: {found} rows, and {wanted} without statistics"


def answer(request):
    path = request["path"]
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        table = file.read()
        columns = [storage(column) for column in table.columns]
        problems = list(check_statistics(file)) if request["statistics"] else []
        if request["predicates"]:
            problems += check_predicates(path, file)
        metadata = file.schema_arrow.metadata or {}
        return {
            "rows": table.num_rows,
            "names": table.column_names,
            "types": [str(type_) for type_ in table.schema.types],
            "values": [
                [shown(element_type(column.type), value) for value in rows_of(column)] if request["values"] else []
                for column in columns
            ],
            "createdBy": file.metadata.created_by,
            "metadata": {k.decode(): v.decode() for k, v in metadata.items()},
            "problems": problems,
        }


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # The test shows it.
        reply = {"error": repr(error)}
    print(json.dumps(reply), flush=True)
