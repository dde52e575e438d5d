import type { Nodes } from '../../process/node-program.ts'
import type { Installed, Place } from '../installed.ts'
import type { Candidate } from './candidate.ts'
import { odbc2parquetCandidates } from './odbc2parquet.ts'
import { ourCandidates } from './ours.ts'
import { pythonCandidates } from './python.ts'
import { rivetCandidates } from './rivet.ts'
import { slingCandidates } from './sling.ts'

export interface LeftOut {
  readonly name: string
  readonly reason: string
}

/** No registry has it, so the setup cannot install it. */
const NEVER: readonly LeftOut[] = [
  {
    name: 'pg_parquet',
    reason:
      'a PostgreSQL extension that is on no package registry; a build takes a checkout of its repository and cargo-pgrx',
  },
]

/** batchquery, then the other programs that the setup has installed, each with its default settings and with its best ones. */
export function allCandidates(
  nodes: Nodes,
  installed: Installed,
): { readonly candidates: readonly Candidate[]; readonly leftOut: readonly LeftOut[] } {
  const programs: readonly [string, Place, (folder: string) => readonly Candidate[]][] = [
    ['DuckDB and ConnectorX', installed.peers, pythonCandidates],
    ['odbc2parquet', installed.odbc2parquet, odbc2parquetCandidates],
    ['rivet', installed.rivet, rivetCandidates],
    ['Sling', installed.sling, slingCandidates],
  ]
  return {
    candidates: [
      ...ourCandidates(nodes),
      ...programs.flatMap(([, place, make]) => ('folder' in place ? make(place.folder) : [])),
    ],
    leftOut: [
      ...programs.flatMap(([name, place]) => ('leftOut' in place ? [{ name, reason: place.leftOut }] : [])),
      ...NEVER,
    ],
  }
}
