import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { BenchError } from '../bench-error.ts'
import { FirstStatement } from '../first-statement.ts'
import { BUCKET } from '../objects.ts'
import type { NodeProgram, Nodes } from '../process/node-program.ts'
import { ofProcess } from './measurement.ts'
import { CLI, RUNNER, type RunnerTask, taskInDirectory, taskInS3, taskOf } from './runner-task.ts'
import type { Measurement, Scenario } from './scenario.ts'

/** From the start of the process to the arrival of the task's first statement at the database, without TLS. */
export const startScenarios = ({ measured }: Nodes): readonly Scenario[] =>
  measured.flatMap(node => [
    start('runner', 'runner, the store a directory', node, (bench, subject) =>
      bench.withPath(async store => starts(bench, node, RUNNER, await taskInDirectory(store, subject.query))),
    ),
    start('runner-s3', 'runner, the store S3', node, async (bench, subject) => {
      try {
        return await starts(bench, node, RUNNER, await taskInS3(bench, subject.query))
      } finally {
        await bench.clearObjects()
      }
    }),
    start('cli', '`batchquery run`, the store a directory', node, (bench, subject) =>
      bench.withPath(async folder => starts(bench, node, CLI, await localTask(folder, subject.query))),
    ),
  ])

function start(name: string, title: string, node: NodeProgram, run: Scenario['run']): Scenario {
  return {
    id: `start/${name}`,
    title,
    family: 'start',
    share: 'every round',
    node: node.version,
    subjects: ['one-row'],
    programs: [],
    run,
  }
}

async function localTask(folder: string, query: string): Promise<RunnerTask & { readonly folder: string }> {
  await mkdir(folder)
  await writeFile(join(folder, 'task.sql'), taskOf(query))
  const environment = { BATCHQUERY_STORE: join(folder, 'store'), BATCHQUERY_BUCKET: BUCKET }
  return { args: ['run', './task.sql'], environment, folder }
}

/** A start is short, so each sample is the median of three. */
const STARTS = 3

async function starts(
  bench: Bench,
  node: NodeProgram,
  program: string,
  task: RunnerTask & { readonly folder?: string },
): Promise<Measurement> {
  const samples: Measurement[] = []
  while (samples.length < (bench.smoke ? 1 : STARTS))
    samples.push(await startOnce(bench, node, program, task))
  const sorted = samples.toSorted((a, b) => a.seconds - b.seconds)
  const middle = sorted[sorted.length >> 1]
  if (middle === undefined) throw new BenchError('nothing was started')
  return middle
}

async function startOnce(
  bench: Bench,
  { path }: NodeProgram,
  program: string,
  { args, environment, folder }: RunnerTask & { readonly folder?: string },
): Promise<Measurement> {
  const { mariadb } = bench.servers
  const proxy = await FirstStatement.before(mariadb)
  try {
    const url = `mysql://${mariadb.user}@127.0.0.1:${proxy.port}/${mariadb.database}?sslmode=disable`
    const settings = { BATCHQUERY_DATABASE: url, BATCHQUERY_TALK: 'quiet' }
    const started = performance.now()
    const usage = await bench.measure({
      argv: [path, program, ...args],
      environment: { ...environment, ...settings },
      ...(folder !== undefined && { folder }),
    })
    if (proxy.seenAt === null) throw new BenchError(`${program}: no statement of the task arrived`)
    return { ...ofProcess(usage), seconds: (proxy.seenAt - started) / 1000 }
  } finally {
    await proxy.close()
  }
}
