import type { describeMachine } from '../machine.ts'
import type { Options } from '../options.ts'
import type { Nodes } from '../process/node-program.ts'
import { shown, type Table } from '../report/table.ts'
import { median } from '../statistics.ts'
import type { Source } from './candidates.ts'
import type { TableName } from './tables.ts'

/** One export of one table by one program. */
export interface PeerSample {
  readonly source: Source
  readonly table: TableName
  readonly title: string
  readonly seconds: number
  readonly clientCpuSeconds: number
  readonly serverCpuSeconds: number
  readonly peakMegabytes: number
  readonly fileBytes: number
}

const HEAD = ['', 's', 'client CPU s', 'server CPU s', 'peak MB', 'file MB']
const SERVERS = { mysql: 'MariaDB', postgres: 'PostgreSQL' }

/** A table for each source and table, in the order of the candidates. */
export function peersTables(samples: readonly PeerSample[]): readonly Table[] {
  return grouped(samples).map(([title, group]) => ({
    title,
    head: HEAD,
    rows: [...new Set(group.map(sample => sample.title))].map(name => {
      const own = group.filter(sample => sample.title === name)
      const of = (figure: (sample: PeerSample) => number, digits: number) =>
        shown(median(own.map(figure)), digits)
      return [
        name,
        of(sample => sample.seconds, 2),
        of(sample => sample.clientCpuSeconds, 2),
        of(sample => sample.serverCpuSeconds, 2),
        of(sample => sample.peakMegabytes, 0),
        of(sample => sample.fileBytes / 1e6, 1),
      ]
    }),
  }))
}

function grouped(samples: readonly PeerSample[]): [string, PeerSample[]][] {
  const groups = new Map<string, PeerSample[]>()
  for (const sample of samples) {
    const title = `${SERVERS[sample.source]}: ${sample.table}`
    groups.set(title, [...(groups.get(title) ?? []), sample])
  }
  return [...groups]
}

interface Page {
  readonly machine: Awaited<ReturnType<typeof describeMachine>>
  readonly options: Pick<Options, 'rounds' | 'megabytes'>
  readonly nodes: Nodes
  readonly tables: readonly string[]
}

/** docs/benchmarks-parquet.md. */
export const peersPage = ({
  machine,
  options,
  nodes,
  tables,
}: Page): string => `# Parquet: batchquery and others

Written by \`npm run bench -- --peers\`, which installs the other programs from PyPI, fills the tables in MariaDB and PostgreSQL, and lets all
programs take turns: medians of ${options.rounds} rounds. Each program exports a whole table (${shown(options.megabytes, 0)} MB as TEXT) to a directory: from PostgreSQL over TLS, from MariaDB without it,
because ConnectorX has none there. The figures are those of the whole process, its start included. Only batchquery syncs its file (\`fdatasync\`).

- **client CPU**, **server CPU**: user and system time. **peak MB**: the memory of the client's largest process.
- **file MB**: the bytes of the result.
- \`table1\` has three short columns, \`wide\` eight with long texts and binary values, \`typed\` eleven of many types.

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.system}; Node ${[...new Set([...nodes.measured, nodes.zstd].map(({ version }) => version))].join(' and ')}.

${tables.join('\n')}`
