import { Campaign, describeFinding, FAMILIES, type Family, trialsOf } from '../campaign/campaign.ts'
import { missedStretches } from '../campaign/phases.ts'
import type { Trial } from '../campaign/trial.ts'
import { startMariadb } from '../setup/mariadb.ts'
import { startPostgres } from '../setup/postgres.ts'
import { startS3 } from '../setup/radosgw.ts'
import { watchServers } from '../setup/secrets/watch-servers.ts'

export interface TrialsOptions {
  readonly seed: number
  readonly runs: number
  /**
   * Only trials of this family. Null for all: four in ten are killed, one is killed while several sessions read, one gets a signal to stop, the others meet
   * faults of the database or of the store. In 1,000 runs each kind of fault meets each dialect and direction several
   * times.
   */
  readonly family: Family | null
  /** The number of the first trial of a family. */
  readonly first: number
  /** How many trials may run at once. */
  readonly slots: number
  readonly verbose: boolean
}

/** With this many kills, chance hits every stretch of a run. */
const ENOUGH_KILLS = 72
const TURNS: readonly Family[] = [
  ...(['kill', 'database', 'kill', 'store', 'signal'] as const),
  ...(['kill', 'parallel', 'kill', 'store', 'database'] as const),
]

function plan({ seed, runs, family, first }: TrialsOptions): Trial[] {
  if (family !== null) return trialsOf(family, seed, first + runs).slice(first)
  const next = { kill: 0, parallel: 0, signal: 0, database: 0, store: 0 }
  return Array.from({ length: runs }, (_, at) => {
    const turn = TURNS[at % TURNS.length] ?? 'kill'
    return FAMILIES[turn](seed, next[turn]++)
  })
}

/** Whether the trial had no finding. */
async function isClean(campaign: Campaign, trial: Trial, { runs, verbose }: TrialsOptions): Promise<boolean> {
  try {
    const { findings, log } = await campaign.run(trial)
    if (findings.length > 0) {
      console.log(`${trial.family} ${trial.title}\n${findings.map(describeFinding).join('\n')}`)
      if (verbose) console.log(log)
    }
    if (campaign.outcomes.length % 50 === 0) console.log(`${campaign.outcomes.length} of ${runs}`)
    return findings.length === 0
  } catch (error) {
    console.log(error)
    return false
  }
}

/** Kills and disturbs runs, on its own servers. Resolves to whether all was well. */
export async function runTrials(options: TrialsOptions): Promise<boolean> {
  const servers = await Promise.all([startMariadb(), startPostgres(), startS3()])
  const [mariadb, postgres, s3] = servers
  const reached = { mariadb: mariadb.server, postgres: postgres.server, s3: s3.server, tokens: null }
  const secrets = watchServers(reached)
  const campaign = await Campaign.open(reached, options.slots)
  const clean = await Promise.all(plan(options).map(trial => isClean(campaign, trial, options)))
  console.log(campaign.summary())
  const missed = missedBy(campaign)
  if (missed.length > 0) console.log(`no kill hit these phases: ${missed.join('; ')}`)
  await campaign.close()
  await secrets.stop()
  const leaks = new Set(secrets.watch.found)
  console.log(`readable secrets: ${[...leaks].join('\n') || 'none'}`)
  await Promise.all(servers.map(server => server.stop()))
  return clean.every(Boolean) && leaks.size === 0 && missed.length === 0
}

/** The stretches of a run that no kill hit, although there were enough kills. */
function missedBy({ outcomes }: Campaign) {
  const kills = outcomes.filter(({ trial }) => trial.family === 'kill')
  return kills.length < ENOUGH_KILLS ? [] : missedStretches(kills.map(({ phase }) => phase))
}
