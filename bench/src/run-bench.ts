import { ServerFolder } from '../../packages/batchquery/test/setup/server-folder.ts'
import { Bench } from './bench.ts'
import { type Choice, chooseScenarios } from './choose-scenarios.ts'
import { fill } from './fill.ts'
import { describeMachine, readVersions } from './machine.ts'
import { Objects } from './objects.ts'
import type { Options } from './options.ts'
import { planSteps } from './plan.ts'
import { findNodes, type Nodes } from './process/node-program.ts'
import type { BenchRecord, Sample } from './record.ts'
import { startServers } from './servers.ts'
import { sizesOf } from './sizes.ts'
import type { Subject } from './subject.ts'
import { say, sayMeasured } from './talk.ts'

/** Called with all measurements so far, after each measurement. */
export type RecordKeeper = (record: BenchRecord) => Promise<void>

/**
 * Measures: starts the servers, fills the tables, runs every scenario in turn. The first failure ends it.
 *
 * @throws BenchError if a program is missing, a scenario fails, or a result is wrong
 */
export async function runBench(options: Options, keep: RecordKeeper): Promise<BenchRecord> {
  const nodes = await findNodes(options)
  const choice = await chooseScenarios(options, nodes, sizesOf(options))
  for (const note of choice.notes) say(note)
  // It is removed when this process ends, however it ends.
  const folder = await ServerFolder.create()
  try {
    const record = await beginRecord(options, nodes, choice, folder.path)
    say('starting MariaDB, PostgreSQL and radosgw')
    const servers = await startServers(options.megabytes * 2)
    try {
      const { smoke } = options
      const bench = new Bench({
        servers,
        objects: new Objects(servers.s3),
        nodes,
        smoke,
        folder: folder.path,
      })
      return await measureAll(bench, options, choice, record, keep)
    } finally {
      await servers.stop()
    }
  } finally {
    await folder.close()
  }
}

/** All that is known before the first measurement. */
async function beginRecord(
  { rounds, megabytes, big, smoke }: Options,
  { measured }: Nodes,
  { scenarios, notes }: Choice,
  folder: string,
): Promise<BenchRecord> {
  const versions = measured.map(({ version }) => version)
  return {
    version: 1,
    startedAt: new Date().toISOString(),
    seconds: 0,
    machine: await describeMachine(folder),
    versions: await readVersions(versions),
    nodes: versions,
    options: { rounds, megabytes, big, smoke },
    notes: [...notes],
    subjects: [],
    scenarios: scenarios.map(({ id, title, family, node }) => ({ id, title, family, node })),
    samples: [],
  }
}

async function measureAll(
  bench: Bench,
  options: Options,
  { scenarios }: Choice,
  begun: BenchRecord,
  keep: RecordKeeper,
): Promise<BenchRecord> {
  const sizes = sizesOf(options)
  const steps = planSteps(scenarios, options.rounds)
  await bench.objects.makeBucket()
  say(`filling the tables: ${sizes.narrow} narrow rows, ${sizes.wide} wide ones`)
  const subjects = await fill(bench, sizes, new Set(steps.map(({ subject }) => subject)))
  const byId = new Map(subjects.map(subject => [subject.id, subject]))
  say(`${steps.length} measurements`)
  let record: BenchRecord = { ...begun, subjects: subjects.map(recorded) }
  for (const { scenario, subject: id, round } of steps) {
    const subject = byId.get(id)
    if (subject === undefined) throw new Error(`there is no subject ${id}`)
    const measurement = await scenario.run(bench, subject)
    const sample: Sample = { scenario: scenario.id, node: scenario.node, subject: id, round, ...measurement }
    const seconds = (Date.now() - Date.parse(begun.startedAt)) / 1000
    record = { ...record, seconds, samples: [...record.samples, sample] }
    sayMeasured(record.samples.length, steps.length, sample)
    await keep(record)
  }
  return record
}

const recorded = ({ id, title, rows, textBytes }: Subject) => ({ id, title, rows, textBytes })
