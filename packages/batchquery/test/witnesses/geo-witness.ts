import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { installed } from './witness.ts'

/** A file, and the WKB that its column g must have. */
export interface GeoRequest {
  readonly path: string
  readonly values: readonly (string | null)[]
}

interface GeoReply {
  /** Everything that is wrong with the values, the bounds and the types. */
  readonly problems: readonly string[]
  /** The reference system that geopandas finds, for example EPSG:3857. */
  readonly system: string | null
  /** The type that DuckDB finds. */
  readonly type: string
}

/** Has geopandas and DuckDB's spatial extension read files of geometries. */
export const readGeometries = (requests: readonly GeoRequest[]): readonly GeoReply[] => ask(requests)

/** Returns the EPSG codes whose definition means another system for pyproj. */
export function differingSystems(
  systems: readonly (readonly [code: number, system: unknown])[],
): readonly number[] {
  const [{ differing }]: readonly { differing: readonly number[] }[] = ask([{ systems }])
  return differing
}

function ask<T>(requests: readonly unknown[]): readonly T[] {
  const input = requests.map(request => `${JSON.stringify(request)}\n`).join('')
  const env = { ...process.env, PYTHONPATH: installed('python') }
  const script = join(import.meta.dirname, 'geo_witness.py')
  const lines = execFileSync('python3', [script], { env, input, encoding: 'utf8', maxBuffer: 1e9 })
    .trim()
    .split('\n')
  return lines.map(line => {
    const reply: T | { error: string } = JSON.parse(line)
    if (typeof reply === 'object' && reply !== null && 'error' in reply)
      throw new Error(`the witness cannot read the file: ${reply.error}`)
    return reply
  })
}
