import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/quoted.ts'

/** The engines that execute runs. */
export const ENGINES = ['local', 'container', 'fargate'] as const
export type EngineName = (typeof ENGINES)[number]

export const DEFAULT_ENGINE: EngineName = 'local'

/** @throws CONFIG */
export function parseEngine(text: string): EngineName {
  const engine = ENGINES.find(name => name === text)
  if (engine !== undefined) return engine
  throw new BatchQueryError('CONFIG', `${quoted(text)} is not an engine`, {
    hint: `Write one of: ${ENGINES.join(', ')}.`,
  })
}
