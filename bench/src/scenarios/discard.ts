import { programArgv } from '../process/programs.ts'
import { expectEqual } from './checks.ts'
import { ofReport, readReport } from './measurement.ts'
import { type Scenario, TABLES } from './scenario.ts'

/** The least share of the result as TEXT that arrives over the network. */
const LEAST_SHARE = 0.8

/** The baselines: batchquery's own way of reading, with all rows discarded. */
export const discardScenarios: readonly Scenario[] = [discard('mysql'), discard('postgres')]

function discard(family: 'mysql' | 'postgres'): Scenario {
  return {
    id: `${family}/discard`,
    title: 'the rows read and thrown away (the baseline)',
    family,
    share: 'every round',
    node: null,
    subjects: TABLES,
    programs: [],
    run: async (bench, { id, query, textBytes }) => {
      const argv = programArgv(bench.nodes.measured[0].path, `discard-${family}`, {
        url: bench.urlOf(family),
        query,
      })
      const usage = await bench.measure({ argv })
      const report = readReport(usage)
      expectEqual(`${family}/discard: all of ${id}`, `${report.bytes > textBytes * LEAST_SHARE}`, 'true')
      return ofReport(usage, report)
    },
  }
}
