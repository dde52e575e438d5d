import type { Nodes } from '../process/node-program.ts'
import type { Sizes } from '../sizes.ts'
import { measureExport } from './batchquery-export.ts'
import type { Scenario } from './scenario.ts'

/** Measures whether a row takes longer in a long result. */
export function lengthScenario({ measured: [node] }: Nodes, { lengths }: Sizes): Scenario {
  return {
    id: 'length/batchquery-directory',
    title: 'batchquery to a directory',
    family: 'length',
    share: 'every round',
    node: node.version,
    subjects: lengths.map(rows => `rows-${rows}`),
    programs: [],
    run: (bench, subject) =>
      measureExport(bench, subject, { node, target: 'directory', format: 'TEXT', compression: 'NONE' }),
  }
}
