import { afterAll, describe, expect, inject, test } from 'vitest'
import { Campaign, describeFinding } from './campaign.ts'
import { killSample } from './kill-sample.ts'
import { missedStretches } from './phases.ts'
import { signalSample } from './signals.ts'
import type { Trial } from './trial.ts'

const campaign = await Campaign.open(
  { mariadb: inject('mariadb'), postgres: inject('postgres'), s3: inject('s3') },
  5,
)
afterAll(async () => {
  console.log(`kills: ${campaign.summary()}`)
  await campaign.close()
})

const tried = (trials: readonly Trial[]): void => {
  for (const trial of trials)
    test.concurrent(trial.title, async ({ expect }) => {
      const { findings, log } = await campaign.run(trial)
      expect(findings.map(describeFinding), log).toEqual([])
    })
}

describe('the next attempt recovers everything when a process is killed', () => {
  tried(killSample())
})

describe('a runner leaves a whole result or none when it gets SIGTERM', () => {
  tried(signalSample())
})

test('the kills hit every stretch of a run', () => {
  const kills = campaign.outcomes.filter(({ trial }) => trial.family === 'kill')
  expect(missedStretches(kills.map(({ phase }) => phase))).toEqual([])
})
