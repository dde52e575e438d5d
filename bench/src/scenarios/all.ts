import type { Nodes } from '../process/node-program.ts'
import type { Sizes } from '../sizes.ts'
import { batchqueryScenarios } from './batchquery.ts'
import { discardScenarios } from './discard.ts'
import { duckdbCopyScenario } from './duckdb-copy.ts'
import { lengthScenario } from './length.ts'
import { mariadbClientScenarios } from './mariadb-client.ts'
import { mydumperScenario } from './mydumper.ts'
import { nodeConnectorScenarios } from './node-connectors.ts'
import { postgresClientScenarios } from './postgres-clients.ts'
import { publicationScenarios } from './publication.ts'
import { quarterCoreScenarios } from './quarter-core.ts'
import { runnerScenarios } from './runner.ts'
import type { Scenario } from './scenario.ts'
import { serverOutfileScenario } from './server-outfile.ts'
import { startScenarios } from './start.ts'

/** Every scenario, in the order of a round. */
export function allScenarios(nodes: Nodes, sizes: Sizes): readonly Scenario[] {
  return [
    ...discardScenarios,
    ...batchqueryScenarios(nodes),
    ...runnerScenarios(nodes),
    ...mariadbClientScenarios,
    mydumperScenario,
    serverOutfileScenario,
    ...nodeConnectorScenarios,
    ...postgresClientScenarios,
    duckdbCopyScenario,
    lengthScenario(nodes, sizes),
    ...startScenarios(nodes),
    ...publicationScenarios(nodes),
    ...quarterCoreScenarios(nodes),
  ]
}
