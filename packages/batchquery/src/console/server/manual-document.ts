import { BatchQueryError } from '../../errors/index.ts'
import { readManual, TOPICS } from '../../platform/manual.ts'
import type { ManualDocument } from '../documents.ts'

/** A page of the manual in the package. @throws USAGE for a page that the package does not have */
export async function manualDocument(topic: string): Promise<ManualDocument> {
  // No file has the page of the exit codes: `help exit-codes` prints the codes.
  const topics = [...TOPICS].flatMap(([name, { summary }]) =>
    name === 'exit-codes' ? [] : { name, summary },
  )
  const found = topics.find(({ name }) => name === topic)
  if (found !== undefined) return { topic, summary: found.summary, text: await readManual(topic), topics }
  throw new BatchQueryError('USAGE', 'the manual has no such page', {
    hint: `Choose one: ${topics.map(({ name }) => name).join(', ')}.`,
  })
}
