import { settingSources } from '../../config/index.ts'
import { lookAt, type Place, type Report } from '../../doctor/index.ts'
import type { BatchQueryError } from '../../errors/index.ts'
import { newRunId } from '../../platform/index.ts'
import { openStore } from '../../store/index.ts'
import { readConfiguration } from '../../submit/configuration.ts'
import type { Context, Execute, Invocation } from '../command.ts'
import { documentOf, reportText, summary } from '../doctor-text.ts'
import { interruptible } from '../interruptible.ts'

export const doctor: Execute = async (invocation, context) => {
  const { log, output } = context
  const place = await placeOf(invocation, context)
  const isCopious = !invocation.options.json
  const colour = process.stdout.isTTY && process.stdout.hasColors()
  const reports: Report[] = []
  await interruptible(async signal => {
    for await (const report of lookAt(place, signal)) {
      reports.push(report)
      if (isCopious) await output.writeLines(log.redact(reportText(report, colour)))
    }
  })
  const failed = reports.find(({ error }) => error !== null)
  if (failed === undefined) log.info(summary(reports))
  else log.error(summary(reports))
  return {
    document: documentOf(place, reports, text => log.redact(text)),
    text: '',
    exitCode: failed?.error?.exitCode ?? 0,
  }
}

/** @throws USAGE, CONFIG */
async function placeOf({ options }: Invocation, { environment, folder, log }: Context): Promise<Place> {
  let stackError: BatchQueryError | null = null
  const { settings, file, stack } = await readConfiguration(
    options,
    { environment, folder, log },
    { startsRuns: true, onMissingStack: error => (stackError = error) },
  )
  return {
    id: `doctor-${newRunId(new Date())}`,
    settings,
    sources: settingSources(options, environment, file, stack),
    store: openStore(settings.store, log),
    stack,
    stackError,
    environment,
    folder,
    log,
  }
}
