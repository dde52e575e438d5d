import { serverOptions } from '../connections.ts'
import { programArgv } from '../process/programs.ts'
import { expectWhole } from './checks.ts'
import { ofProcess } from './measurement.ts'
import { type Scenario, TABLES } from './scenario.ts'

/** Programs that a user would write with the npm drivers. */
export const nodeConnectorScenarios: readonly Scenario[] = [
  connector('mysql2-tsv', 'mysql2 stream to TSV'),
  connector('mariadb-tsv', 'mariadb (npm) stream to TSV'),
]

function connector(program: 'mysql2-tsv' | 'mariadb-tsv', title: string): Scenario {
  return {
    id: `mysql/${program}`,
    title,
    family: 'mysql',
    share: 'one round',
    node: null,
    subjects: TABLES,
    programs: [],
    run: (bench, subject) =>
      bench.withPath(async file => {
        const options = { ...serverOptions(bench.servers.mariadb), query: subject.query, file }
        const usage = await bench.measure({
          argv: programArgv(bench.nodes.measured[0].path, program, options),
        })
        await expectWhole(bench, program, file, subject, true)
        return ofProcess(usage)
      }),
  }
}
