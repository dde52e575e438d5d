import { mariadbArguments } from '../connections.ts'
import { sizeOfFile } from '../files.ts'
import { expectEqual } from './checks.ts'
import { ofProcess } from './measurement.ts'
import { type Scenario, TABLES } from './scenario.ts'

/** The server's own OUTFILE, which uses the CPU and the disk of the server. */
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
