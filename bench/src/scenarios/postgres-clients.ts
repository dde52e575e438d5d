import { libpqEnvironment, serverOptions } from '../connections.ts'
import { sizeOfFile } from '../files.ts'
import { shell } from '../process/client-command.ts'
import { programArgv } from '../process/programs.ts'
import { expectEqual } from './checks.ts'
import { ofProcess } from './measurement.ts'
import { type Scenario, TABLES } from './scenario.ts'

/** psql, and a program that a user would write with the npm driver. */
export const postgresClientScenarios: readonly Scenario[] = [
  {
    ...common('psql-null', '`psql -c "COPY ... TO STDOUT" > /dev/null`'),
    share: 'every round',
    programs: ['psql'],
    run: async (bench, { query }) => {
      const command = shell(
        'psql "$@" > /dev/null',
        psqlArguments(query),
        libpqEnvironment(bench.servers.postgres),
      )
      return ofProcess(await bench.measure(command))
    },
  },
  {
    ...common('psql-file', '`psql -c "COPY ... TO STDOUT" > file`'),
    programs: ['psql'],
    run: (bench, { id, query, textBytes }) =>
      bench.withPath(async path => {
        const environment = { ...libpqEnvironment(bench.servers.postgres), OUTPUT: path }
        const usage = await bench.measure(shell('psql "$@" > "$OUTPUT"', psqlArguments(query), environment))
        expectEqual(`psql: bytes of ${id}`, await sizeOfFile(path), textBytes)
        return ofProcess(usage)
      }),
  },
  {
    ...common('pg-copy-streams', 'pg-copy-streams to a file'),
    run: (bench, { id, query, textBytes }) =>
      bench.withPath(async file => {
        const options = { ...serverOptions(bench.servers.postgres), query, file }
        const argv = programArgv(bench.nodes.measured[0].path, 'pg-copy-streams', options)
        const usage = await bench.measure({ argv })
        expectEqual(`pg-copy-streams: bytes of ${id}`, await sizeOfFile(file), textBytes)
        return ofProcess(usage)
      }),
  },
]

function common(name: string, title: string) {
  return {
    id: `postgres/${name}`,
    title,
    family: 'postgres',
    share: 'some rounds',
    node: null,
    subjects: TABLES,
    programs: [],
  } as const
}

const psqlArguments = (query: string): readonly string[] => ['--no-psqlrc', '-c', `COPY (${query}) TO STDOUT`]
