import { afterAll, describe, inject, test } from 'vitest'
import { testSeed } from '../setup/chance.ts'
import { Campaign, describeFinding, trialsOf } from './campaign.ts'

/** Each fault of the database twice in each direction of both servers, each fault of the store as often. */
const DATABASE = 64
const STORE = 48
const SEED = testSeed()

const campaign = await Campaign.open(
  { mariadb: inject('mariadb'), postgres: inject('postgres'), s3: inject('s3') },
  5,
)
afterAll(async () => {
  console.log(`faults, seed ${SEED}: ${campaign.summary()}`)
  await campaign.close()
})

const trials = [...trialsOf('database', SEED, DATABASE), ...trialsOf('store', SEED, STORE)]

describe('whatever happens on the network, the result is whole or not there', () => {
  for (const trial of trials)
    test.concurrent(`${trial.family} ${trial.title}`, { timeout: 600_000 }, async ({ expect }) => {
      const { findings, log } = await campaign.run(trial)
      expect(findings.map(describeFinding), log).toEqual([])
    })
})
