import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { type MariadbServer, startMariadb } from '../../../packages/batchquery/test/setup/mariadb.ts'
import { BenchError } from '../bench-error.ts'
import type { Options } from '../options.ts'
import type { ClientCommand } from '../process/client-command.ts'
import { findNodes } from '../process/node-program.ts'
import { asText, shown, type Table } from '../report/table.ts'
import { median, quotient, spread } from '../statistics.ts'
import { say } from '../talk.ts'
import { fillStatements, type Job, jobsOf, MILLIONS } from './commands.ts'

/** Seconds of one round. */
interface Round {
  readonly ours: number
  readonly peer: number
}

const SMOKE_ROWS = 1_000

/**
 * `npm run bench -- --jobs`: a whole `batchquery run`, from the start of the process to its end, compared with the
 * least that the machine needs for it. With --smoke, every job runs on a small table, and no figures are printed.
 *
 * @throws BenchError if a program fails
 */
export async function benchJobs(options: Pick<Options, 'rounds' | 'node' | 'only' | 'smoke'>): Promise<void> {
  const { measured } = await findNodes(options)
  const mariadb = await startMariadb({ settings: ['--innodb-buffer-pool-size=1G'] })
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-jobs-'))
  try {
    const rows = options.smoke ? SMOKE_ROWS : MILLIONS
    say(`filling a table with ${rows} rows`)
    await fill(mariadb.server, rows)
    const jobs = (await Promise.all(measured.map(node => jobsOf(node, mariadb.server, folder)))).flat()
    const chosen = jobs.filter(({ what }) => options.only?.test(what) ?? true)
    const samples = await measureJobs(chosen, options.rounds)
    if (!options.smoke) process.stdout.write(asText(jobsTable(samples)))
  } finally {
    await rm(folder, { recursive: true, force: true })
    await mariadb.stop()
  }
}

async function fill(server: MariadbServer, rows: number): Promise<void> {
  const { host, port, user, password, database } = server
  const connection = await createConnection({ host, port, user, password, database })
  for (const statement of fillStatements(rows)) await connection.query(statement)
  await connection.end()
}

/**
 * Runs every job in turn, ours and then its peer's, round by round. One additional round comes first and does not
 * count.
 */
export async function measureJobs(
  jobs: readonly Job[],
  rounds: number,
): Promise<ReadonlyMap<Job, readonly Round[]>> {
  const samples = new Map(jobs.map(job => [job, [] as Round[]]))
  for (let round = 0; round <= rounds; round++)
    for (const [job, taken] of samples) {
      const sample = { ours: await secondsOf(job.ours), peer: await secondsOf(job.peer) }
      if (round > 0) taken.push(sample)
      say(`round ${round}: ${job.what}: ${sample.ours.toFixed(3)} s and ${sample.peer.toFixed(3)} s`)
    }
  return samples
}

/** Without a wrapper around the program, because a start is short. */
async function secondsOf({
  argv: [program = '', ...args],
  environment,
  folder,
}: ClientCommand): Promise<number> {
  const started = performance.now()
  const env = { ...process.env, ...environment }
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new BenchError(`${[program, ...args].join(' ')} ended with ${code ?? signal}`)
  return (performance.now() - started) / 1000
}

export function jobsTable(samples: ReadonlyMap<Job, readonly Round[]>): Table {
  return {
    title: 'Whole processes, the store a directory',
    head: ['', 'rounds', 'batchquery, ms', 'the other, ms', 'spread, %', 'ratio', 'target', ''],
    rows: Array.from(samples, ([{ what, limit }, rounds]) => {
      const ours = median(rounds.map(round => round.ours))
      const peer = median(rounds.map(round => round.peer))
      const ratio = quotient(ours, peer)
      const apart = spread(rounds.map(round => round.ours))
      return [
        what,
        `${rounds.length}`,
        shown(ours && ours * 1000, 0),
        shown(peer && peer * 1000, 0),
        shown(apart && apart * 100, 0),
        shown(ratio, 2),
        `at most ${limit}`,
        ratio !== null && ratio <= limit ? 'reached' : 'not reached',
      ]
    }),
  }
}
