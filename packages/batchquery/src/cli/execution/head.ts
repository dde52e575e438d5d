import { BatchQueryError } from '../../errors/index.ts'
import { type Head, headOfAddress, headOfExport, type ToldForm } from '../../export/index.ts'
import { EXPORT_FORMATS, type ReadColumn, type TypedColumn } from '../../format/index.ts'
import type { RunRecord } from '../../run/index.ts'
import { type Home, openHome } from '../../submit/home.ts'
import { publishedExports } from '../../submit/published-exports.ts'
import type { Context, Execute } from '../command.ts'
import { interruptible } from '../interruptible.ts'
import { namedRun } from '../named-run.ts'
import type { Options } from '../options.ts'
import { rowPrinter } from '../query/row-printer.ts'
import { printHeldRows } from '../query/run-query.ts'

export const head: Execute = async ({ operands: [named], options }, context) => {
  const { log, output } = context
  const home = await openHome(options, context)
  const found = await interruptible(signal =>
    Promise.race([
      isAddress(named) ? ofAddress(named, home, options, context) : ofRun(named, home, options, context),
      rejection(signal),
    ]),
  )
  for (const note of found.notes) log.warn(note)
  const printer = rowPrinter(options.json ? 'json' : 'table', true)
  if (found.columns.length > 0)
    await printHeldRows(found.columns.map(typedColumn), found.rows, { printer, output })
  if (found.rows.length === 0) log.info('the result has no rows')
  return { document: undefined, text: '', exitCode: 0 }
}

/** Only addresses have a slash. */
const isAddress = (named: string): boolean => named.includes('/')

const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

const requestOf = ({ rows = 20, part }: Options) => ({ rows, part: part ?? null })

function ofAddress(address: string, { store }: Home, options: Options, { folder }: Context): Promise<Head> {
  if (options.export !== undefined)
    throw new BatchQueryError(
      'USAGE',
      `--export ${options.export} is for a run, and ${address} is an address`,
      {
        hint: 'Leave --export out, or name the run.',
      },
    )
  return headOfAddress(address, { store, folder }, toldForm(options), requestOf(options))
}

async function ofRun(named: string, home: Home, options: Options, context: Context): Promise<Head> {
  const id = await namedRun(named, home, context.log)
  const record = await home.runs.read(id)
  const { streamed, native } = await publishedExports(record, home)
  const at = onlyOne(record, streamed.length + native.length, options.export)
  if (record.state !== 'SUCCEEDED')
    context.log.warn(`run ${id} is ${record.state}: this is not its whole result`)
  const written = native[at - streamed.length]?.published
  // The record of an export that the server wrote does not say how.
  if (written !== undefined) return ofAddress(written.uri, home, { ...options, export: undefined }, context)
  refuseToldForm(options)
  return headOfExport(streamed[at], requestOf(options))
}

/** The index of the export that the user chose, or of the only one. */
function onlyOne({ id, state }: RunRecord, count: number, wanted: number | undefined): number {
  if (count > 0 && (wanted ?? 1) <= count && (wanted !== undefined || count === 1)) return (wanted ?? 1) - 1
  if (count > 1 && wanted === undefined)
    throw new BatchQueryError('USAGE', `run ${id} published ${count} exports, and head prints one`, {
      hint: `Say which: --export N, N from 1 to ${count}.`,
    })
  const requested = wanted === undefined ? '' : `, not ${wanted}`
  throw new BatchQueryError(
    'OUTPUT_NOT_FOUND',
    `run ${id} is ${state} and published ${count} exports${requested}`,
    {
      hint: `\`batchquery show ${id}\` shows what it published.`,
    },
  )
}

function refuseToldForm({ format, header, fieldsTerminatedBy }: Options): void {
  const told =
    (format !== undefined && '--format') ||
    (header !== undefined && (header ? '--header' : '--no-header')) ||
    (fieldsTerminatedBy !== undefined && '--fields-terminated-by')
  if (!told) return
  throw new BatchQueryError(
    'USAGE',
    `${told} is for an address: the record of a run says how its rows are written`,
    {
      hint: `Leave ${told} out.`,
    },
  )
}

const toldForm = ({ format, header, fieldsTerminatedBy }: Options): ToldForm => ({
  format: EXPORT_FORMATS.find(({ option }) => option === format)?.name ?? null,
  header: header ?? null,
  fieldsTerminatedBy: fieldsTerminatedBy ?? null,
})

const typedColumn = ({ name, type, isNumber }: ReadColumn): TypedColumn => ({
  name: Buffer.from(name),
  kind: isNumber ? 'number' : 'string',
  type: type.kind === 'bytes' ? 'binary' : 'text',
  encoding: 'utf8',
  isLarge: false,
  exact: { type, wire: type.kind === 'bytes' ? 'raw' : 'text' },
})
