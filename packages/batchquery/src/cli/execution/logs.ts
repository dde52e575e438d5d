import { openHome } from '../../client/home.ts'
import type { Execute } from '../command.ts'

export const logs: Execute = async ({ operands: [id], options }, context) => {
  const { runs } = await openHome(options, context)
  const { output } = context
  const { attempt } = options
  const pieces = options.follow
    ? runs.followLog(id, { signal: output.closed, attempt })
    : runs.readLog(id, attempt)
  const collected: string[] = []
  for await (const piece of pieces) {
    if (options.json) collected.push(piece)
    else await output.write(piece)
  }
  return { document: { run: id, log: collected.join('') }, text: '', exitCode: 0 }
}
