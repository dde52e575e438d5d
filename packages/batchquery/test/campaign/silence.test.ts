import { afterAll, expect, inject, test } from 'vitest'
import { ForgetfulNetwork } from '../faults/forgetful-network.ts'
import { checkEnd, readRecord } from './checker.ts'
import { silent } from './shapes.ts'
import { Stage } from './stage.ts'
import { World } from './world.ts'

const FORGETS_AFTER_S = 20
const SILENT_S = 60
const DIALECTS = ['mysql', 'postgres'] as const

const world = await World.create(
  { mariadb: inject('mariadb'), postgres: inject('postgres'), s3: inject('s3') },
  DIALECTS.length * 2,
)
const network = await ForgetfulNetwork.create(FORGETS_AFTER_S)
afterAll(async () => {
  await network.close()
  await world.close()
})

/** A run whose statement is silent for a minute, behind a router that forgets idle flows after a third of that time. */
async function run(dialect: (typeof DIALECTS)[number], name: string, slot: number, keepAliveMs: number) {
  const stage = await Stage.set(world, `${name}-${dialect}`, slot, {
    dialect,
    link: null,
    shape: silent(SILENT_S),
    route: {
      listen: () => network.listen(),
      host: network.serverAddress,
      under: network.onClient,
    },
  })
  const { code } = await stage.run({ connect: { keepAliveMs, silenceMs: 5_000 } }).ended
  stage.network.heal()
  const record = await readRecord(stage.scene)
  const findings = await checkEnd(stage.scene, record)
  const log = await stage.log()
  await stage.strike()
  return { code, findings, error: record?.error?.code ?? null, log }
}

test('a silent statement survives a network that forgets idle flows when keepalive is on', async () => {
  const runs = DIALECTS.flatMap((dialect, at) => [
    run(dialect, 'kept', 2 * at, 5_000).then(({ log, ...ended }) =>
      expect(ended, log).toEqual({ code: 0, findings: [], error: null }),
    ),
    // The control: with an hour between two probes, the rows do not arrive, and the run ends with an error.
    run(dialect, 'forgotten', 2 * at + 1, 3_600_000).then(({ log, ...ended }) =>
      expect(ended, log).toEqual({ code: 1, findings: [], error: 'DATABASE_LOST' }),
    ),
  ])
  await Promise.all(runs)
  expect(await network.dropped()).toBeGreaterThan(0)
})
