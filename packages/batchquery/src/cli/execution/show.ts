import { visible } from '../../platform/index.ts'
import { openHome } from '../../submit/home.ts'
import { shownRun } from '../../submit/listed-runs.ts'
import { runCost } from '../../submit/run-cost.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'
import { runSummary } from '../run-text.ts'

export const show: Execute = async ({ operands: [named], options }, context) => {
  const { runs, store, engines, settings } = await openHome(options, context)
  const id = await namedRun(named, { runs }, context.log)
  const now = new Date()
  const shown = await shownRun(id, runs)
  const document = { ...shown, cost: runCost(shown, now, settings.fargate?.prices) }
  const text = runSummary(document, store, now, document.cost)
  // The ECS task of a run that SUCCEEDED is of no interest.
  const ecsTask = document.state === 'SUCCEEDED' ? null : await engines.ecsTaskOf(document)
  if (ecsTask === null) return { document, text, exitCode: 0 }
  return {
    document: { ...document, ecsTask },
    text: `${text}\nengine     ${visible(ecsTask.facts)}`,
    exitCode: 0,
  }
}
