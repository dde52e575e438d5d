import { BatchQueryError } from '../../errors/index.ts'
import { openHome } from '../../submit/home.ts'
import { publishedExports } from '../../submit/published-exports.ts'
import { type VerifiedExport, verifiedExports } from '../../submit/verified-exports.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'
import { withReadingProgress } from '../reading-progress.ts'
import { verificationText } from '../verification-text.ts'

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
