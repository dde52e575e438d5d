import { parseArgs } from 'node:util'
import { startMariadb } from '../setup/mariadb.ts'
import { startPostgres } from '../setup/postgres.ts'
import { startS3 } from '../setup/radosgw.ts'
import { watchServers } from '../setup/secrets/watch-servers.ts'
import { Campaign, describeFinding, FAMILIES, type Family, trialsOf } from './campaign.ts'
import { soakSeed } from './dice.ts'
import { missedStretches } from './phases.ts'
import type { Trial } from './trial.ts'

/*
 * npm run test:soak -- --runs 1000 [--seed N] [--family kill|signal|database|store] [--first N] [--slots N]
 *
 * Four in ten runs are killed, one is told to stop, the others meet faults of the database or of the store. `--family` and
 * `--first` repeat what went wrong: the seed and the number of a trial make it. In 1,000 runs each kind of fault meets each
 * dialect and direction several times.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    family: { type: 'string' },
    first: { type: 'string', default: '0' },
    slots: { type: 'string', default: '4' },
    verbose: { type: 'boolean', default: false },
  },
})
const seed = soakSeed(values.seed)
const [runs, first, slots] = [values.runs, values.first, values.slots].map(Number)

/** So many by chance hit every stretch of a run. */
const ENOUGH_KILLS = 72
const TURNS: readonly Family[] = [
  'kill',
  'database',
  'kill',
  'store',
  'signal',
  'kill',
  'database',
  'kill',
  'store',
  'database',
]

function plan(): Trial[] {
  const family = TURNS.find(name => name === values.family)
  if (family !== undefined) return trialsOf(family, seed, first + runs).slice(first)
  const next = { kill: 0, signal: 0, database: 0, store: 0 }
  return Array.from({ length: runs }, (_, at) => {
    const turn = TURNS[at % TURNS.length] ?? 'kill'
    return FAMILIES[turn](seed, next[turn]++)
  })
}

async function perform(trial: Trial): Promise<void> {
  const { findings, log } = await campaign.run(trial)
  if (findings.length > 0) {
    process.exitCode = 1
    console.log(`${trial.family} ${trial.title}\n${findings.map(describeFinding).join('\n')}`)
    if (values.verbose) console.log(log)
  }
  if (campaign.outcomes.length % 50 === 0) console.log(`${campaign.outcomes.length} of ${runs}`)
}

const servers = await Promise.all([startMariadb(), startPostgres(), startS3()])
const [mariadb, postgres, s3] = servers
const reached = { mariadb: mariadb.server, postgres: postgres.server, s3: s3.server, tokens: null }
const secrets = watchServers(reached)
const campaign = await Campaign.open(reached, slots)
console.log(`seed ${seed}`)
const broken = (await Promise.allSettled(plan().map(perform))).filter(run => run.status === 'rejected')
for (const { reason } of broken) console.log(reason)
if (broken.length > 0) process.exitCode = 1
console.log(campaign.summary())
const kills = campaign.outcomes.filter(({ trial }) => trial.family === 'kill')
const missed = missedStretches(kills.map(({ phase }) => phase))
if (kills.length >= ENOUGH_KILLS && missed.length > 0) {
  process.exitCode = 1
  console.log(`no kill hit these phases: ${missed.join('; ')}`)
}
await campaign.close()
await secrets.stop()
const leaks = new Set(secrets.watch.found)
console.log(`secrets that were to be read: ${[...leaks].join('\n') || 'none'}`)
if (leaks.size > 0) process.exitCode = 1
await Promise.all(servers.map(server => server.stop()))
