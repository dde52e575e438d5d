import { ServerFolder } from '../../packages/batchquery/test/setup/server-folder.ts'
import { Bench } from './bench.ts'
import { chooseScenarios } from './choose-scenarios.ts'
import { fill } from './fill.ts'
import { describeMachine, readVersions } from './machine.ts'
import { Objects } from './objects.ts'
import type { Options } from './options.ts'
import { planSteps, type Step } from './plan.ts'
import { findNodes, type Nodes } from './process/node-program.ts'
import type { BenchRecord } from './record.ts'
import { runSteps } from './run-steps.ts'
import { startServers } from './servers.ts'
import { type Sizes, sizesOf } from './sizes.ts'
import { say, sayMeasured } from './talk.ts'

/**
 * Measures: starts the servers, fills the tables, runs every scenario in turn.
 *
 * @throws BenchError where a program is missing, a scenario fails, or a result is not what it should be
 */
export async function runBench(options: Options): Promise<BenchRecord> {
  const startedAt = new Date()
  const nodes = await findNodes(options.node)
  const sizes = sizesOf(options)
  const { scenarios, notes } = await chooseScenarios(options, nodes, sizes)
  for (const note of notes) say(note)
  const steps = planSteps(scenarios, options.rounds)
  // gone when this process ends, however it ends
  const folder = await ServerFolder.create()
  try {
    const machine = await describeMachine(folder.path)
    const measured = await measureAll(options, nodes, sizes, steps, folder.path)
    const versions = nodes.measured.map(({ version }) => version)
    const { rounds, megabytes, big, smoke } = options
    return {
      version: 1,
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1000,
      machine,
      versions: await readVersions(versions),
      nodes: versions,
      options: { rounds, megabytes, big, smoke },
      notes: [...notes],
      scenarios: scenarios.map(({ id, title, family, node }) => ({ id, title, family, node })),
      ...measured,
    }
  } finally {
    await folder.close()
  }
}

async function measureAll(
  { smoke, megabytes }: Options,
  nodes: Nodes,
  sizes: Sizes,
  steps: readonly Step[],
  folder: string,
): Promise<Pick<BenchRecord, 'subjects' | 'samples'>> {
  say('starting MariaDB, PostgreSQL and radosgw')
  const servers = await startServers(megabytes * 2)
  try {
    const bench = new Bench({ servers, objects: new Objects(servers.s3), nodes, smoke, folder })
    await bench.objects.makeBucket()
    say(`filling the tables: ${sizes.narrow} narrow rows, ${sizes.wide} wide ones`)
    const subjects = await fill(bench, sizes, new Set(steps.map(({ subject }) => subject)))
    say(`${steps.length} measurements`)
    const samples = await runSteps(bench, steps, subjects, (done, sample) =>
      sayMeasured(done, steps.length, sample),
    )
    return {
      subjects: subjects.map(({ id, title, rows, textBytes }) => ({ id, title, rows, textBytes })),
      samples: [...samples],
    }
  } finally {
    await servers.stop()
  }
}
