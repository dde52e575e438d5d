import { mariadbArguments } from '../connections.ts'
import { sizeOfFile } from '../files.ts'
import { expectEqual } from './checks.ts'
import { ofProcess } from './measurement.ts'
import { type Scenario, TABLES } from './scenario.ts'

/** The server's own OUTFILE: the work is the server's, and so is the disk. */
export const serverOutfileScenario: Scenario = {
  id: 'mysql/outfile',
  title: "the server's `INTO OUTFILE`",
  family: 'mysql',
  share: 'some rounds',
  node: null,
  subjects: TABLES,
  programs: ['mariadb'],
  run: (bench, { id, query, textBytes }) =>
    bench.withPath(async path => {
      const statement = `${query} INTO OUTFILE '${path}'`
      const argv = ['mariadb', ...mariadbArguments(bench.servers.mariadb), '-e', statement]
      const usage = await bench.measure({ argv })
      expectEqual(`INTO OUTFILE: bytes of ${id}`, await sizeOfFile(path), textBytes)
      return ofProcess(usage)
    }, bench.servers.mariadb.outfileDir),
}
