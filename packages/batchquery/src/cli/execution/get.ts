import { BatchQueryError } from '../../errors/index.ts'
import { downloadJoined, downloadParts, type PublishedExport } from '../../export/index.ts'
import { visible } from '../../platform/index.ts'
import { openHome } from '../../submit/home.ts'
import { publishedExports } from '../../submit/published-exports.ts'
import type { Execute } from '../command.ts'
import { interruptible } from '../interruptible.ts'
import { namedRun } from '../named-run.ts'
import { withReadingProgress } from '../reading-progress.ts'

export const get: Execute = async ({ operands: [named, dir], options }, context) => {
  const { folder, log } = context
  if (options.join !== undefined && dir !== undefined)
    throw new BatchQueryError(
      'USAGE',
      `--join names a file, and the command line also names the folder ${JSON.stringify(dir)}`,
      {
        hint: 'Leave one of them out.',
      },
    )
  const home = await openHome(options, context)
  const id = await namedRun(named, home, log)
  const record = await home.runs.read(id)
  const {
    streamed: all,
    native: [native],
  } = await publishedExports(record, home)
  if (native !== undefined) throw writtenByServer(native.published.uri)
  const exports = options.export === undefined ? all : all.slice(options.export - 1, options.export)
  if (exports.length === 0) throw notPublished(id, record.state, all.length, options.export)
  if (record.state !== 'SUCCEEDED')
    log.warn(`run ${id} is ${record.state}: the download is not its whole result`)
  const files = await interruptible(signal =>
    withReadingProgress(options, log, progress => {
      const download = { folder, overwrite: options.overwrite ?? false, runId: record.id, progress, signal }
      return options.join === undefined
        ? downloadParts(exports, dir ?? '.', download)
        : downloadJoined(onlyOne(exports), options.join, download)
    }),
  )
  return { document: { run: record.id, files }, text: files.map(visible).join('\n'), exitCode: 0 }
}

function onlyOne(exports: readonly PublishedExport[]): PublishedExport {
  const [one, ...others] = exports
  if (others.length === 0) return one
  throw new BatchQueryError(
    'USAGE',
    `the run published ${exports.length} exports, but --join writes only one`,
    {
      hint: `Choose one with --export N, where N is 1 to ${exports.length}.`,
    },
  )
}

/** Without the SHA-256 of a part, no download can be checked. */
const writtenByServer = (uri: string): BatchQueryError =>
  new BatchQueryError('USAGE', `the server itself wrote ${uri}, so batchquery has no SHA-256 to check it`, {
    hint: `Copy ${uri}.part_* with an S3 client: aws s3 cp --recursive, or rclone.`,
  })

const notPublished = (
  id: string,
  state: string,
  published: number,
  requested: number | undefined,
): BatchQueryError =>
  new BatchQueryError(
    'OUTPUT_NOT_FOUND',
    `run ${id} is ${state} and published ${published} exports${requested === undefined ? '' : `, not ${requested}`}`,
    { hint: `\`batchquery show ${id}\` shows what it published.` },
  )
