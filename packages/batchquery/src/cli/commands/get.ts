import { BatchQueryError } from '../../errors/index.ts'
import { downloadJoined, downloadParts, type PublishedExport } from '../../export/index.ts'
import type { Command } from '../command.ts'
import { openHome } from '../home.ts'
import { interruptible } from '../interruptible.ts'
import { exportNumber, HOME, join, noProgress, overwrite, TALK } from '../options.ts'
import { publishedExports } from '../published-exports.ts'
import { withReadingProgress } from '../reading-progress.ts'

export const get: Command = {
  name: 'get',
  operands: [
    { form: '<run>', description: 'id of the run' },
    { form: '[dir]', description: 'folder to download into (default: the current one)' },
  ],
  summary: 'download what a run published',
  description: [
    'Downloads the parts that a run published, and checks size and SHA-256 as they come. A file appears whole and',
    'checked, or not at all. Stdout gets the path of every file.',
    '--join puts the parts of one export together, in their order; a header that every part has is kept once.',
  ].join('\n'),
  options: [exportNumber, join, overwrite, ...HOME, noProgress, ...TALK],
  examples: [
    'get 20261123-021545-7k3f9q ./out',
    'get 20261123-021545-7k3f9q --join result.tsv',
    'get 20261123-021545-7k3f9q --export 2 --join customers.tsv --overwrite',
  ],
  async execute({ operands: [id, dir], options }, context) {
    const { folder, log } = context
    if (options.join !== undefined && dir !== undefined)
      throw new BatchQueryError(
        'USAGE',
        `--join names the file, and the folder ${JSON.stringify(dir)} was given too`,
        {
          hint: 'Leave one of them out.',
        },
      )
    const home = await openHome(options, context)
    const record = await home.runs.read(id)
    const all = await publishedExports(record, home)
    const exports = options.export === undefined ? all : all.slice(options.export - 1, options.export)
    if (exports.length === 0) throw notPublished(id, record.state, all.length, options.export)
    if (record.state !== 'SUCCEEDED') log.warn(`run ${id} is ${record.state}: this is not its whole result`)
    const files = await interruptible(signal =>
      withReadingProgress(options, log, progress => {
        const download = { folder, overwrite: options.overwrite ?? false, runId: record.id, progress, signal }
        return options.join === undefined
          ? downloadParts(exports, dir ?? '.', download)
          : downloadJoined(onlyOne(exports), options.join, download)
      }),
    )
    return { document: { run: record.id, files }, text: files.join('\n'), exitCode: 0 }
  },
}

function onlyOne(exports: readonly PublishedExport[]): PublishedExport {
  const [one, ...others] = exports
  if (others.length === 0) return one
  throw new BatchQueryError('USAGE', `the run published ${exports.length} exports, and --join takes one`, {
    hint: `Say which: --export N, N from 1 to ${exports.length}.`,
  })
}

const notPublished = (
  id: string,
  state: string,
  published: number,
  asked: number | undefined,
): BatchQueryError =>
  new BatchQueryError(
    'OUTPUT_NOT_FOUND',
    `run ${id} is ${state} and published ${published} exports${asked === undefined ? '' : `, not ${asked}`}`,
    { hint: `\`batchquery show ${id}\` shows what it published.` },
  )
