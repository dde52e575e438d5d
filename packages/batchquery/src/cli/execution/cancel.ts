import { isFinal, type RunRecord } from '../../run/index.ts'
import { cancelRun } from '../../submit/cancel-run.ts'
import { isElsewhere } from '../../submit/engine-lookup.ts'
import { openHome } from '../../submit/home.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'

export const cancel: Execute = async ({ operands: [named], options }, context) => {
  const home = await openHome(options, context)
  const id = await namedRun(named, home, context.log)
  const seconds = options.wait === false ? null : (options.wait ?? 0)
  const record = await cancelRun(id, seconds, home, context.log)
  const hasNotEnded = seconds !== null && !isFinal(record.state)
  if (hasNotEnded)
    context.log.warn(`run ${id} did not end within ${seconds} s of the request to cancel`, stuckHint(record))
  return { document: record, text: `${id}\t${record.state}`, exitCode: hasNotEnded ? 8 : 0 }
}

/** Advice for the user about a runner that does not react; null if its engine was asked to stop it. */
function stuckHint(record: RunRecord): string | null {
  const { engine, runner } = record
  if (runner === null || isElsewhere(record)) return null
  const { host, pid } = runner
  // The host name of a container is its name.
  if (engine.name === 'container')
    return `Its runner is the container ${host}. End it with \`docker kill ${host}\` or \`podman kill ${host}\`, then run \`batchquery reap\`.`
  return (
    `Its runner is process ${pid} on ${host}. If it is suspended, run \`kill -CONT ${pid}\` there, and it continues and ends. ` +
    `If that does not help, run \`kill -KILL ${pid}\` there, then \`batchquery reap\`.`
  )
}
