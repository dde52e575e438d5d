"""Reads a GeoParquet file with geopandas and with DuckDB's spatial extension. Each line of stdin is a request in JSON, and gets a line of JSON:
{"path", "values"} with the WKB that the file must have in its column g, or {"systems"} with definitions by their EPSG code."""

import json
import sys
import warnings
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import geopandas
import numpy
import pyarrow.parquet as pq
import pyproj
import shapely

# geopandas says that it draws spherical edges as planar ones.
warnings.simplefilter("ignore")
extension = next(Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension"))
database = duckdb.connect(config={"allow_unsigned_extensions": "true"})
database.execute(f"LOAD '{extension}'")


def same_wkb(geometries):
    return shapely.to_wkb(geometries, hex=True, flavor="iso", byte_order=1)


def box_of(coordinates, has_z):
    columns = coordinates[:, : 3 if has_z else 2]
    columns = columns[~numpy.isnan(columns).all(axis=1)]
    if len(columns) == 0:
        return None
    return [*numpy.nanmin(columns, axis=0).tolist(), *numpy.nanmax(columns, axis=0).tolist()]


def type_of(wkb):
    """GEOS forgets that an empty geometry has z."""
    has_z = int.from_bytes(wkb[1:5], "little" if wkb[0] == 1 else "big") > 1000
    return shapely.from_wkb(wkb).geom_type + (" Z" if has_z else "")


def check_geopandas(column, frame, values, expected):
    found = frame["g"].to_list()
    if list(same_wkb(found)) != list(same_wkb(expected)):
        yield "geopandas reads other geometries"
    present = [geometry for geometry in expected if geometry is not None]
    has_z = any(bool(numpy.isfinite(shapely.get_coordinates(g, include_z=True)[:, 2]).any()) for g in present)
    box = box_of(shapely.get_coordinates(present, include_z=has_z), has_z)
    if column.get("bbox") != box and column.get("edges") != "spherical":
        yield f"the bounds are {column.get('bbox')}, and shapely computes {box}"
    types = sorted({type_of(bytes.fromhex(wkb)) for wkb in values if wkb is not None})
    if sorted(column["geometry_types"]) != types:
        yield f"the types are {column['geometry_types']}, and shapely finds {types}"


def check_duckdb(path, column, expected):
    rows = database.execute(f"SELECT ST_AsWKB(g) FROM '{path}'").fetchall()
    found = [None if value is None else shapely.from_wkb(bytes(value)) for (value,) in rows]
    if list(same_wkb(found)) != list(same_wkb(expected)):
        yield "DuckDB reads other geometries"
    sides = "min(ST_XMin(g)), min(ST_YMin(g)), max(ST_XMax(g)), max(ST_YMax(g))"
    box = list(database.execute(f"SELECT {sides} FROM '{path}'").fetchone())
    said = column.get("bbox")
    if said is not None and box != (said if len(said) == 4 else [*said[:2], *said[3:5]]):
        yield f"the bounds are {said}, and DuckDB computes {box}"


def read(path, values):
    column = json.loads(pq.read_metadata(path).metadata[b"geo"])["columns"]["g"]
    expected = [None if value is None else shapely.from_wkb(value) for value in values]
    frame = geopandas.read_parquet(path)
    problems = [*check_geopandas(column, frame, values, expected), *check_duckdb(path, column, expected)]
    system = frame.crs
    return {
        "problems": problems,
        "system": None if system is None else ":".join(system.to_authority()),
        "type": database.execute(f"DESCRIBE SELECT g FROM '{path}'").fetchone()[1],
    }


def differing(systems):
    """The codes whose definition means another system for pyproj."""
    return [code for code, system in systems if pyproj.CRS.from_json_dict(system) != pyproj.CRS.from_epsg(code)]


for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"differing": differing(request["systems"])} if "systems" in request else read(**request)
    except Exception as error:  # The test shows it.
        reply = {"error": repr(error)}
    print(json.dumps(reply), flush=True)
