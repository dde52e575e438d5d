import { openHome } from '../../client/home.ts'
import type { Execute } from '../command.ts'
import { runSummary } from '../run-text.ts'

export const show: Execute = async ({ operands: [id], options }, context) => {
  const { runs } = await openHome(options, context)
  const record = await runs.read(id)
  const dead = await runs.isDead(record)
  return { document: { ...record, dead }, text: runSummary(record, dead), exitCode: 0 }
}
