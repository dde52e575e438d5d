import { sizeOfFile } from '../files.ts'
import { duckdbCopyStatement } from '../oracles.ts'
import { programPath } from '../process/programs.ts'
import { expectEqual } from './checks.ts'
import { ofReport, readReport } from './measurement.ts'
import { type Scenario, TABLES } from './scenario.ts'

/** DuckDB's own COPY to a file, in Node as batchquery uses it. It escapes nothing. */
export const duckdbCopyScenario: Scenario = {
  id: 'duckdb/copy',
  title: "DuckDB's `COPY` to a file, nothing escaped",
  family: 'duckdb',
  share: 'some rounds',
  node: null,
  subjects: TABLES,
  programs: [],
  run: (bench, { id, query, textBytes }) =>
    bench.withPath(async path => {
      const program = [bench.nodes.measured[0].path, programPath('duckdb-statements')]
      const usage = await bench.measure({
        argv: [...program, bench.duckdbFile, duckdbCopyStatement(query, path)],
      })
      expectEqual(`DuckDB's COPY: bytes of ${id}`, await sizeOfFile(path), textBytes)
      return ofReport(usage, readReport(usage))
    }),
}
