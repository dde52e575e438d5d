import { openHome } from '../../client/home.ts'
import { tellError } from '../../client/tell-error.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { type Difference, verifyExport, verifyNative } from '../../export/index.ts'
import { visible } from '../../platform/index.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'
import { publishedExports } from '../published-exports.ts'
import { withReadingProgress } from '../reading-progress.ts'

export const verify: Execute = async ({ operands: [named], options }, context) => {
  const { log } = context
  const home = await openHome(options, context)
  const id = await namedRun(named, home, log)
  const record = await home.runs.read(id)
  const { streamed, native } = await publishedExports(record, home)
  const differences: Difference[] = []
  await withReadingProgress(options, log, async count => {
    for (const { published, destination } of streamed)
      for await (const difference of verifyExport(published, destination, count)) differences.push(difference)
    for (const { published, destination } of native)
      differences.push(...(await verifyNative(published, destination, record.databases[0]?.dialect ?? '')))
  })
  for (const { message } of differences) log.error(message)
  if (record.state !== 'SUCCEEDED') tellError(notSucceeded(record.id, record.state), log)
  const summary = [...streamed, ...native].map(({ published: { uri, parts, rows, bytes } }) => ({
    uri,
    parts: parts.length,
    rows,
    bytes,
  }))
  const verified = differences.length === 0 && record.state === 'SUCCEEDED'
  return {
    document: { run: record.id, state: record.state, verified, exports: summary, differences },
    text: summary
      .map(({ uri, parts, rows, bytes }) => [visible(uri), parts, rows, bytes].join('\t'))
      .join('\n'),
    exitCode: verified ? 0 : 6,
  }
}

const notSucceeded = (id: string, state: string): BatchQueryError =>
  new BatchQueryError('VERIFICATION', `run ${id} is ${state}: what it published is not its whole result`, {
    hint: `\`batchquery show ${id}\` shows why.`,
  })
