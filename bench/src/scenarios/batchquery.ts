import type { NodeProgram, Nodes } from '../process/node-program.ts'
import { type ExportWay, measureExport } from './batchquery-export.ts'
import { type Family, type Scenario, type Share, TABLES } from './scenario.ts'

/** batchquery's exports of whole tables. */
export function batchqueryScenarios({ measured, zstd }: Nodes): readonly Scenario[] {
  const [main] = measured
  const plain = { format: 'TEXT', compression: 'NONE' } as const
  const compressed = { format: 'TEXT', target: 'directory' } as const
  const families: readonly Family[] = ['mysql', 'postgres', 'duckdb']
  return [
    ...families.flatMap(family =>
      measured.map(node =>
        scenario(
          family,
          'directory',
          { node, target: 'directory', ...plain },
          family === 'duckdb' ? 'some rounds' : shareOf(node, main),
        ),
      ),
    ),
    ...measured.map(node => scenario('mysql', 's3', { node, target: 's3', ...plain }, shareOf(node, main))),
    scenario('mysql', 'gzip', { node: main, compression: 'GZIP', ...compressed }, 'one round'),
    scenario('mysql', 'zstd', { node: zstd, compression: 'ZSTD', ...compressed }, 'one round'),
    scenario(
      'mysql',
      'csv',
      { node: main, target: 'directory', format: 'CSV', compression: 'NONE' },
      'one round',
    ),
  ]
}

const shareOf = (node: NodeProgram, main: NodeProgram): Share =>
  node === main ? 'every round' : 'some rounds'

const TITLES = {
  directory: 'batchquery to a directory',
  s3: 'batchquery to S3',
  gzip: 'batchquery to a directory, GZIP',
  zstd: 'batchquery to a directory, ZSTD',
  csv: 'batchquery to a directory, CSV',
}

function scenario(family: Family, kind: keyof typeof TITLES, way: ExportWay, share: Share): Scenario {
  return {
    id: `${family}/batchquery-${kind}`,
    title: TITLES[kind],
    family,
    share,
    node: way.node.version,
    subjects: TABLES,
    programs: ['gzip', 'zstd'],
    run: (bench, subject) => measureExport(bench, subject, way),
  }
}
