/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** The SRID of longitude and latitude of WGS 84. GeoParquet means these if a column has no `crs`. */
const WGS84 = 4326
const WEB_MERCATOR = 3857

/** The base of a grid: a datum with its ellipsoid, and the EPSG codes of its zones of UTM. */
interface Datum {
  readonly code: number
  readonly name: string
  readonly datum: string
  readonly ellipsoid: {
    readonly name: string
    readonly semi_major_axis: number
    readonly inverse_flattening: number
  }
  readonly zones: readonly {
    readonly add: number
    readonly first: number
    readonly last: number
    readonly isSouth: boolean
  }[]
}

const GRS80 = { name: 'GRS 1980', semi_major_axis: 6378137, inverse_flattening: 298.257222101 }
const OF_WGS84: Datum = {
  code: WGS84,
  name: 'WGS 84',
  datum: 'World Geodetic System 1984',
  ellipsoid: { name: 'WGS 84', semi_major_axis: 6378137, inverse_flattening: 298.257223563 },
  zones: [
    { add: 32600, first: 1, last: 60, isSouth: false },
    { add: 32700, first: 1, last: 60, isSouth: true },
  ],
}
const DATUMS: readonly Datum[] = [
  OF_WGS84,
  {
    code: 4258,
    name: 'ETRS89',
    datum: 'European Terrestrial Reference System 1989',
    ellipsoid: GRS80,
    zones: [{ add: 25800, first: 28, last: 37, isSouth: false }],
  },
  {
    code: 4269,
    name: 'NAD83',
    datum: 'North American Datum 1983',
    ellipsoid: GRS80,
    zones: [{ add: 26900, first: 1, last: 23, isSouth: false }],
  },
]

/**
 * The reference system of an SRID in GeoParquet. A reader needs its whole definition, so only systems that many tables use are known.
 * https://geoparquet.org/releases/v1.1.0/ and https://proj.org/en/stable/specifications/projjson.html
 *
 * @returns PROJJSON, undefined if the file need not say it, or null if it is not known
 */
export function referenceSystem(srid: number): Json | undefined {
  if (srid === WGS84) return undefined
  if (srid === WEB_MERCATOR) return webMercator()
  for (const datum of DATUMS) {
    if (datum.code === srid) return { type: 'GeographicCRS', ...geographic(datum) }
    for (const { add, first, last, isSouth } of datum.zones)
      if (srid >= add + first && srid <= add + last) return utm(datum, srid, srid - add, isSouth)
  }
  return null
}

const epsg = (code: number) => ({ authority: 'EPSG', code })

const axis = (name: string, abbreviation: string, direction: string, unit: string) => ({
  ...{ name, abbreviation, direction, unit },
})

const parameter = (name: string, value: number, unit: string, code: number) => ({
  name,
  value,
  unit,
  id: epsg(code),
})

const geographic = ({ code, name, datum, ellipsoid }: Datum) => ({
  name,
  datum: { type: 'GeodeticReferenceFrame', name: datum, ellipsoid },
  coordinate_system: {
    subtype: 'ellipsoidal',
    axis: [
      axis('Geodetic latitude', 'Lat', 'north', 'degree'),
      axis('Geodetic longitude', 'Lon', 'east', 'degree'),
    ],
  },
  id: epsg(code),
})

const cartesian = (x: string, y: string) => ({
  subtype: 'Cartesian',
  axis: [axis('Easting', x, 'east', 'metre'), axis('Northing', y, 'north', 'metre')],
})

function utm(datum: Datum, srid: number, zone: number, isSouth: boolean): Json {
  const grid = `UTM zone ${zone}${isSouth ? 'S' : 'N'}`
  return {
    type: 'ProjectedCRS',
    name: `${datum.name} / ${grid}`,
    base_crs: geographic(datum),
    conversion: {
      name: grid,
      method: { name: 'Transverse Mercator', id: epsg(9807) },
      parameters: [
        parameter('Latitude of natural origin', 0, 'degree', 8801),
        parameter('Longitude of natural origin', 6 * zone - 183, 'degree', 8802),
        parameter('Scale factor at natural origin', 0.9996, 'unity', 8805),
        parameter('False easting', 500_000, 'metre', 8806),
        parameter('False northing', isSouth ? 10_000_000 : 0, 'metre', 8807),
      ],
    },
    coordinate_system: cartesian('E', 'N'),
    id: epsg(srid),
  }
}

const webMercator = (): Json => ({
  type: 'ProjectedCRS',
  name: 'WGS 84 / Pseudo-Mercator',
  base_crs: geographic(OF_WGS84),
  conversion: {
    name: 'Popular Visualisation Pseudo-Mercator',
    method: { name: 'Popular Visualisation Pseudo Mercator', id: epsg(1024) },
    parameters: [
      parameter('Latitude of natural origin', 0, 'degree', 8801),
      parameter('Longitude of natural origin', 0, 'degree', 8802),
      parameter('False easting', 0, 'metre', 8806),
      parameter('False northing', 0, 'metre', 8807),
    ],
  },
  coordinate_system: cartesian('X', 'Y'),
  id: epsg(WEB_MERCATOR),
})
