import { afterAll, describe, inject, test } from 'vitest'
import { testSeed } from '../setup/chance.ts'
import { Campaign, describeFinding, trialsOf } from './campaign.ts'
import type { Phase } from './phases.ts'

const KILLS = 72
const SEED = testSeed()

const campaign = await Campaign.open(
  { mariadb: inject('mariadb'), postgres: inject('postgres'), s3: inject('s3') },
  5,
)
afterAll(async () => {
  console.log(`kills, seed ${SEED}: ${campaign.summary()}`)
  await campaign.close()
})

describe('wherever a process is killed, all is well after the next attempt', () => {
  for (const trial of trialsOf('kill', SEED, KILLS))
    test.concurrent(trial.title, { timeout: 600_000 }, async ({ expect }) => {
      const { findings, log } = await campaign.run(trial)
      expect(findings.map(describeFinding), log).toEqual([])
    })
})

/** Phases of which one or the other is hit in every campaign; each alone is too short for that. */
const STRETCHES: readonly (readonly Phase[])[] = [
  ['before the record', 'queued', 'claimed'],
  ['connecting', 'streaming'],
  ['staging', 'staged'],
  // The parts are committed at once: a kill seldom comes between the first and the last of them.
  ['committing', 'before PUBLISHED'],
  ['published', 'ended'],
]

test('the kills hit every stretch of a run', ({ expect }) => {
  const hit = campaign.outcomes.map(({ phase }) => phase)
  const missed = STRETCHES.filter(phases => !phases.some(phase => hit.includes(phase)))
  expect(missed).toEqual([])
})
