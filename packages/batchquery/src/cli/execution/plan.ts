import { newRunId } from '../../platform/index.ts'
import { taskNotFound } from '../../run/index.ts'
import { checkTask } from '../../submit/check-task.ts'
import { forecastTask, type TaskForecast } from '../../submit/forecast-task.ts'
import { openHome } from '../../submit/home.ts'
import { nameTask } from '../../submit/task.ts'
import type { Execute } from '../command.ts'
import { interruptible } from '../interruptible.ts'
import { readParameters } from '../parameters.ts'
import { planDocument } from '../plan-document.ts'
import { planText } from '../plan-text.ts'

export const plan: Execute = async ({ operands: [named], options }, context) => {
  const { folder, log } = context
  const home = await openHome(options, context)
  const task = await nameTask(named, newRunId(new Date()), home, folder)
  const checked = await checkTask(
    task,
    options.pin ?? null,
    (declared, isScript) => readParameters(options.param ?? [], declared, folder, isScript),
    home,
    context,
  )
  if (checked.sha256 === null) throw taskNotFound(home.store, task)
  const forecast = await interruptible(
    signal => forecastTask(checked, options.mode ?? 'auto', context, signal),
    options.timeout ?? null,
  )
  const document = planDocument(forecast, checked.sha256, checked.settings.database, text => log.redact(text))
  return { document, text: planText(document), exitCode: exitCodeOf(forecast) }
}

/** That of the first export that a run would refuse. */
const exitCodeOf = ({ exports }: TaskForecast): number =>
  exports.find(({ refusal }) => refusal?.needs === null)?.refusal?.error.exitCode ?? 0
