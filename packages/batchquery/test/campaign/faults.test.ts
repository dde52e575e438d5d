import { afterAll, describe, inject, test } from 'vitest'
import { testSeed } from '../setup/chance.ts'
import { Campaign, describeFinding, FAMILIES } from './campaign.ts'

/** One trial of each database fault. Dialects and directions take turns. */
const DATABASE = [0, 7, 10, 13, 16, 23, 26, 29]
/**
 * A request's answer lost, its answer cut, a request stalled, S3 away, a flipped bit; of the bytes under TLS: truncated to the client,
 * half open, the answer lost.
 */
const STORE = [2, 4, 6, 10, 16, 7, 17, 29]
const SEED = testSeed()

const campaign = await Campaign.open(
  { mariadb: inject('mariadb'), postgres: inject('postgres'), s3: inject('s3') },
  5,
)
afterAll(async () => {
  console.log(`faults, seed ${SEED}: ${campaign.summary()}`)
  await campaign.close()
})

const trials = [
  ...DATABASE.map(number => FAMILIES.database(SEED, number)),
  ...STORE.map(number => FAMILIES.store(SEED, number)),
]

describe('the result is whole or absent when the network fails', () => {
  for (const trial of trials)
    test.concurrent(`${trial.family} ${trial.title}`, async ({ expect }) => {
      const { findings, log } = await campaign.run(trial)
      expect(findings.map(describeFinding), log).toEqual([])
    })
})
