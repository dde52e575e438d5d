import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { sizeOfFile } from '../files.ts'
import { BUCKET } from '../objects.ts'
import type { NodeProgram, Nodes } from '../process/node-program.ts'
import type { Subject } from '../subject.ts'
import { expectEqual, expectText } from './checks.ts'
import { ofProcess } from './measurement.ts'
import { RESULT, RUNNER, type RunnerTask, taskInDirectory, taskInS3 } from './runner-task.ts'
import { type Measurement, type Scenario, TABLES } from './scenario.ts'

/** The runner as an engine starts it, from its start to its end: with the run record, fdatasync and publication. */
export function runnerScenarios({ measured: [node] }: Nodes): readonly Scenario[] {
  return [
    {
      ...common('directory', 'the whole runner, to a directory', node),
      run: (bench, subject) =>
        bench.withPath(async store => {
          const task = await taskInDirectory(store, subject.query)
          const measurement = await runTask(bench, node, task)
          const result = join(store, BUCKET, RESULT)
          expectEqual(`the runner: bytes of ${subject.id}`, await sizeOfFile(result), subject.textBytes)
          if (bench.smoke) expectText('the runner', await readFile(result), subject)
          return measurement
        }),
    },
    {
      ...common('s3', 'the whole runner, to S3', node),
      run: (bench, subject) => toS3(bench, node, subject),
    },
  ]
}

function common(target: string, title: string, node: NodeProgram) {
  return {
    id: `mysql/runner-${target}`,
    title,
    family: 'mysql',
    share: 'one round',
    node: node.version,
    subjects: TABLES,
    programs: [],
  } as const
}

async function toS3(bench: Bench, node: NodeProgram, subject: Subject): Promise<Measurement> {
  try {
    const measurement = await runTask(bench, node, await taskInS3(bench, subject.query))
    const bytes = await bench.objects.sizeOf(RESULT)
    expectEqual(`the runner to S3: bytes of ${subject.id}`, bytes, subject.textBytes)
    if (bench.smoke) expectText('the runner to S3', await bench.objects.read(RESULT), subject)
    return measurement
  } finally {
    await bench.clearObjects()
  }
}

async function runTask(bench: Bench, { path }: NodeProgram, task: RunnerTask): Promise<Measurement> {
  const settings = { BATCHQUERY_DATABASE: bench.urlOf('mysql'), BATCHQUERY_TALK: 'quiet' }
  return ofProcess(
    await bench.measure({
      argv: [path, RUNNER, ...task.args],
      environment: { ...task.environment, ...settings },
    }),
  )
}
