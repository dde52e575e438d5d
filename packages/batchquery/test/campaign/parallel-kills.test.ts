import { afterAll, inject, test } from 'vitest'
import { Campaign, describeFinding } from './campaign.ts'
import { parallelSample } from './kill-sample.ts'

const campaign = await Campaign.open(
  { mariadb: inject('mariadb'), postgres: inject('postgres'), s3: inject('s3') },
  2,
)
afterAll(async () => {
  console.log(`kills of parallel exports: ${campaign.summary()}`)
  await campaign.close()
})

for (const trial of parallelSample())
  test.concurrent(trial.title, async ({ expect }) => {
    const { findings, log } = await campaign.run(trial)
    expect(findings.map(describeFinding), log).toEqual([])
  })
