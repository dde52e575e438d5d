import type { RunRecord } from '../../src/run/index.ts'
import { isFinal } from '../../src/run/index.ts'
import type { Scene } from './checker.ts'

/** How far a run was when its process died, according to the store. */
export const PHASES = [
  'before the record',
  'queued',
  'claimed',
  'connecting',
  'streaming',
  'staging',
  'staged',
  'committing',
  'before PUBLISHED',
  'published',
  'ended',
] as const

export type Phase = (typeof PHASES)[number]

/** Phases of which a campaign must hit one. Each alone is too short for a random kill. */
const STRETCHES: readonly (readonly Phase[])[] = [
  ['before the record', 'queued', 'claimed'],
  ['connecting', 'streaming'],
  ['staging', 'staged'],
  // All parts are committed at once, so a kill seldom comes between the first and the last of them.
  ['committing', 'before PUBLISHED'],
  ['published', 'ended'],
]

/** The stretches that no kill hit. */
export const missedStretches = (hit: readonly (Phase | null)[]): (readonly Phase[])[] =>
  STRETCHES.filter(phases => !phases.some(phase => hit.includes(phase)))

export async function phaseOf({ place, runId }: Scene, record: RunRecord | null): Promise<Phase> {
  if (record === null) return 'before the record'
  if (isFinal(record.state)) return 'ended'
  const keys = await place.keys(`runs/${runId}/`)
  const latest = keys.filter(key => /\/attempt-\d+$/.test(key)).length
  if (latest === 0) return 'queued'
  if (record.state === 'QUEUED') return 'claimed'
  if (record.databases.length === 0) return 'connecting'
  const unfinished = await place.unfinished()
  const names = keys.flatMap(key => /\/exports\/\d+-\d+\/(\w+)\.json$/.exec(key)?.[1] ?? [])
  if (names.includes('published')) return 'published'
  if (names.includes('committing')) return unfinished.length === 0 ? 'before PUBLISHED' : 'committing'
  if (names.includes('staged')) return 'staged'
  return unfinished.length === 0 ? 'streaming' : 'staging'
}
