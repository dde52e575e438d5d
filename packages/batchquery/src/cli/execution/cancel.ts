import { cancelRun } from '../../client/cancel-run.ts'
import { openHome } from '../../client/home.ts'
import { isFinal } from '../../run/index.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'

export const cancel: Execute = async ({ operands: [named], options }, context) => {
  const home = await openHome(options, context)
  const id = await namedRun(named, home, context.log)
  const seconds = options.wait === false ? null : (options.wait ?? 0)
  const record = await cancelRun(id, seconds, home, context.log)
  const waitedInVain = seconds !== null && !isFinal(record.state)
  if (waitedInVain) context.log.warn(`run ${id} is asked to end, and has not in ${seconds} s`)
  return { document: record, text: `${id}\t${record.state}`, exitCode: waitedInVain ? 8 : 0 }
}
