import type { RecordedScenario } from '../record.ts'
import { quotient } from '../statistics.ts'
import type { Figures } from './figures.ts'
import { shown, type Table, wrapped } from './table.ts'

/** batchquery's exports, each with the programs that do the same work. */
const COUNTERPARTS = [
  { ours: 'mysql/batchquery-directory', without: ['mysql/mariadb-client-gzip', 'mysql/mariadb-client-s3'] },
  { ours: 'mysql/batchquery-s3', only: ['mysql/mariadb-client-s3'] },
  { ours: 'mysql/batchquery-gzip', only: ['mysql/mariadb-client-gzip'] },
  { ours: 'postgres/batchquery-directory' },
  { ours: 'duckdb/batchquery-directory' },
] as const

/** The server does their work, so CPU time and memory of the client mean nothing. */
const SERVER_SIDE: readonly string[] = ['mysql/outfile']

/** Every other program that is faster, or takes less CPU time or memory, than batchquery for the same work. */
export function betterElsewhere(figures: Figures): Table {
  const [node = ''] = figures.record.nodes
  const rows = COUNTERPARTS.flatMap(({ ours, ...choice }) => {
    const [family = ''] = ours.split('/')
    return ['narrow', 'wide'].flatMap(table => {
      const subject = `${family}/${table}`
      return figures.record.scenarios
        .filter(scenario => scenario.family === family && isPeer(scenario, choice))
        .map(peer => comparison(figures, peer, ours, node, subject))
        .filter(cells => cells !== null)
    })
  })
  return {
    title: 'Where other programs are better',
    head: ['', 'compared with', 'table', 'time', 'CPU time', 'memory'],
    rows,
    remark: wrapped(
      "Each figure is a share of batchquery's, and shown if it is below 1. `INTO OUTFILE` works in the server, so its CPU time is " +
        'not counted.',
    ),
  }
}

function isPeer(
  { id, node }: RecordedScenario,
  choice: { readonly only?: readonly string[]; readonly without?: readonly string[] },
): boolean {
  if (node !== null || id.endsWith('/discard')) return false
  return choice.only?.includes(id) ?? choice.without?.includes(id) !== true
}

/** Null if the peer is better at nothing. */
function comparison(
  figures: Figures,
  peer: RecordedScenario,
  ours: string,
  node: string,
  subject: string,
): readonly string[] | null {
  const shares = [
    quotient(figures.seconds(peer.id, null, subject), figures.seconds(ours, node, subject)),
    quotient(figures.cpuPerGb(peer.id, null, subject), figures.cpuPerGb(ours, node, subject)),
    quotient(
      figures.median(peer.id, null, subject, sample => sample.peakMegabytes),
      figures.median(ours, node, subject, sample => sample.peakMegabytes),
    ),
  ]
  const isServer = SERVER_SIDE.includes(peer.id)
  const below = shares
    .map((share, at) => (isServer && at > 0 ? null : share))
    .map(share => (share !== null && share < 1 ? share : null))
  if (below.every(share => share === null)) return null
  const table = subject.split('/')[1] ?? subject
  return [peer.title, figures.titleOf(ours), table, ...below.map(share => shown(share, 2))]
}
