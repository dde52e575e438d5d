import { openHome } from '../../client/home.ts'
import { shownRun } from '../../client/listed-runs.ts'
import type { Execute } from '../command.ts'
import { runSummary } from '../run-text.ts'

export const show: Execute = async ({ operands: [id], options }, context) => {
  const { runs } = await openHome(options, context)
  const document = await shownRun(id, runs)
  return { document, text: runSummary(document, document.dead), exitCode: 0 }
}
