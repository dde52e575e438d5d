import { BatchQueryError } from '../../errors/index.ts'
import { type Difference, type ReadingProgress, verifyExport, verifyNative } from '../../export/index.ts'
import type { RunRecord } from '../../run/index.ts'
import { openHome } from '../../submit/home.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'
import { type PublishedExports, publishedExports } from '../published-exports.ts'
import { withReadingProgress } from '../reading-progress.ts'
import { type VerifiedExport, verificationText } from '../verification-text.ts'

export const verify: Execute = async ({ operands: [named], options }, context) => {
  const { log } = context
  const home = await openHome(options, context)
  const id = await namedRun(named, home, log)
  const record = await home.runs.read(id)
  const published = await publishedExports(record, home)
  const exports: VerifiedExport[] = []
  await withReadingProgress(options, log, async count => {
    for await (const verified of verifiedExports(published, record, count)) exports.push(verified)
  })
  const differences = exports.flatMap(verified => verified.differences)
  for (const [at, { message }] of differences.entries())
    log.failure({ message, hint: at === differences.length - 1 ? nextStep(id) : null })
  if (record.state !== 'SUCCEEDED') log.failure(notSucceeded(record.id, record.state))
  const verified = differences.length === 0 && record.state === 'SUCCEEDED'
  const summary = exports.map(({ differences: _, ...entry }) => entry)
  return {
    document: { run: record.id, state: record.state, verified, exports: summary, differences },
    text: verificationText(exports, record.state),
    exitCode: verified ? 0 : 6,
  }
}

async function* verifiedExports(
  { streamed, native }: PublishedExports,
  { databases }: RunRecord,
  count: ReadingProgress,
): AsyncGenerator<VerifiedExport> {
  for (const { published, destination } of streamed) {
    const differences: Difference[] = []
    for await (const difference of verifyExport(published, destination, count)) differences.push(difference)
    yield summaryOf(published, differences)
  }
  for (const { published, destination } of native)
    yield summaryOf(published, await verifyNative(published, destination, databases[0]?.dialect ?? ''))
}

interface Published extends Pick<VerifiedExport, 'uri' | 'rows' | 'bytes'> {
  readonly parts: readonly unknown[]
}

const summaryOf = (
  { uri, parts, rows, bytes }: Published,
  differences: readonly Difference[],
): VerifiedExport => ({ uri, parts: parts.length, rows, bytes, differences })

const nextStep = (id: string): string =>
  `Find out whether another program has written to this destination since. Then start a new run: \`batchquery rerun ${id}\`.`

const notSucceeded = (id: string, state: string): BatchQueryError =>
  new BatchQueryError(
    'VERIFICATION',
    `run ${id} is ${state}: the parts that it published are not its whole result`,
    {
      hint: `Run \`batchquery show ${id}\` to see why.`,
    },
  )
