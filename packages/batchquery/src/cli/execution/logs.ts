import { openHome } from '../../submit/home.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'

export const logs: Execute = async ({ operands: [named], options }, context) => {
  const { runs } = await openHome(options, context)
  const { output, log } = context
  const id = await namedRun(named, { runs }, log)
  const { attempt, worker } = options
  const pieces = options.follow
    ? runs.followLog(id, { signal: output.closed, attempt })
    : worker === undefined
      ? runs.readLog(id, attempt)
      : runs.readWorkerLog(id, worker)
  const collected: string[] = []
  for await (const piece of pieces) {
    if (options.json) collected.push(piece)
    else await output.write(piece)
  }
  return { document: { run: id, log: collected.join('') }, text: '', exitCode: 0 }
}
