import prettyBytes from 'pretty-bytes'
import { durationText, visible } from '../platform/index.ts'
import type { DescribedRun, ExportColumns, ExportRecord, RunnerRecord, RunRecord } from '../run/index.ts'
import type { Store } from '../store/index.ts'
import { costLine, type TaskCost } from '../submit/run-cost.ts'
import { rateOf, secondsSilent, secondsTaken } from '../submit/run-times.ts'
import { cellText } from './cell-text.ts'
import { countText } from './count-text.ts'

/** In columns of the terminal: a parameter may be a file. */
const WIDEST_PARAMETER = 200
/** Columns of an export. `--json` has all. */
const MOST_COLUMNS = 50

/** A line for every published part: its URI, rows and bytes, separated by tabs. */
export function publishedParts(run: RunRecord): string {
  return publishedExports(run)
    .flatMap(({ parts }) => parts)
    .map(({ uri, rows, bytes }) => [
      uri,
      ...(rows === null ? [] : [counted(rows, 'row')]),
      counted(bytes, 'byte'),
    ])
    .map(fields => visible(fields.join('\t')))
    .join('\n')
}

/** The published exports with more parts than the record keeps. */
export function unlistedExports(run: RunRecord): string[] {
  const isUnlisted = ({ parts, bytes }: ExportRecord) =>
    parts.reduce((sum, part) => sum + part.bytes, 0) < bytes
  return publishedExports(run).flatMap(entry => (isUnlisted(entry) ? entry.uri : []))
}

/** A run for the user: a label and its value on every line. If the run had several attempts, each has a line. */
export function runSummary(
  run: DescribedRun,
  store: Pick<Store, 'uriOf'>,
  now: Date,
  cost: TaskCost | null = null,
): string {
  const { task, error, dead, request } = run
  const lines: readonly Line[] = [
    ['run', run.id],
    ['state', stateLine(run, now)],
    [
      'dead',
      dead ? `its runner does not respond: run it again with its id, or use \`batchquery reap\`` : null,
    ],
    ['repeats', run.repeats ?? null],
    ...run.repeatedBy.map(id => ['repeated', `by ${id}`] as const),
    ['task', store.uriOf(task)],
    ['SHA-256', task.sha256],
    ['arguments', run.args.length === 0 ? null : JSON.stringify(run.args)],
    ...Object.entries(run.params).map(
      ([name, value]) => ['parameter', cellText(`${name}=${value}`, WIDEST_PARAMETER, false)] as const,
    ),
    ['timeout', request.timeoutSeconds === null ? null : durationText(request.timeoutSeconds)],
    ...run.databases.map(({ server, host, name }) => ['database', databaseText(server, host, name)] as const),
    ...runnerLines(run),
    ['created', run.createdAt],
    ['started', startedText(run, now)],
    ['ended', run.endedAt && `${run.endedAt}${tookText(run, now)}${attemptText(run, run.attempt)}`],
    ['progress', progressText(run)],
    ['rate', rateText(run)],
    ['cost', cost && costLine(cost)],
    ...exportsLines(run),
    ...run.outputs.map(
      ({ uri, rows, bytes }) =>
        [
          'output',
          [
            uri,
            ...(rows === null ? [] : [countText(rows, 'row')]),
            ...(bytes === null ? [] : [prettyBytes(bytes)]),
          ].join(', '),
        ] as const,
    ),
    ...run.warnings.map(warning => ['warning', warning] as const),
    ['error', error && `${error.code}: ${error.message}`],
    ['hint', error?.hint ?? null],
    ['log', run.log && `\`batchquery logs ${run.id}\``],
  ]
  return lines
    .flatMap(([label, value]) => (value === null ? [] : [`${label.padEnd(10)} ${visible(value)}`]))
    .join('\n')
}

type Line = readonly [label: string, value: string | null]

function stateLine(run: DescribedRun, now: Date): string {
  const silent = secondsSilent(run, now)
  return [
    run.state,
    ...(run.exitCode === null ? [] : [`exit code ${run.exitCode}`]),
    ...(silent === null ? [] : [`last heard ${durationText(Math.floor(silent))} ago`]),
  ].join(', ')
}

/** The progress counts bytes before compression. The bytes of an export are those in the store. */
const progressText = ({ progress: { rows, bytes, ranges } }: RunRecord): string =>
  [
    countText(rows, 'row'),
    `${prettyBytes(bytes)} before compression`,
    ...(ranges === undefined ? [] : [`${ranges.done}/${ranges.all} ranges`]),
  ].join(', ')

function rateText(run: RunRecord): string | null {
  const rate = rateOf(run)
  if (rate === null) return null
  const { rowsPerSecond, bytesPerSecond } = rate
  return `${Math.round(rowsPerSecond).toLocaleString('en-US')} rows/s, ${prettyBytes(bytesPerSecond)}/s since it started`
}

/** The runner of the only attempt, or a line for each of several attempts. */
function runnerLines({ runner, attempts }: DescribedRun) {
  if (attempts.length < 2) return runner === null ? [] : [['runner', runnerText(runner)] as const]
  return attempts.map(attempt => {
    const claimed = attempt.claimedAt === null ? '' : `, since ${attempt.claimedAt}`
    return [`attempt ${attempt.attempt}`, `${runnerText(attempt)}${claimed}`] as const
  })
}

const runnerText = ({ host, pid, version }: Pick<RunnerRecord, 'host' | 'pid' | 'version'>): string =>
  `${host}, process ${pid}, batchquery ${version}`

const attemptText = ({ attempts }: DescribedRun, attempt: number | undefined): string =>
  attempts.length < 2 || attempt === undefined ? '' : `, attempt ${attempt}`

function startedText(run: DescribedRun, now: Date): string | null {
  const ago = run.endedAt === null ? secondsTaken(run, now) : null
  const before = ago === null ? '' : ` (${durationText(ago)} ago)`
  return run.startedAt && `${run.startedAt}${before}${attemptText(run, run.startedAttempt)}`
}

function tookText(run: DescribedRun, now: Date): string {
  const seconds = secondsTaken(run, now)
  return seconds === null ? '' : ` (${durationText(seconds)})`
}

function databaseText(server: string | null, host: string, name: string): string {
  return `${server ?? 'not reached'} at ${host}${name === '' ? '' : `, database ${name}`}`
}

/** What the first part of an export says about its columns, cut if there are many. */
function columnsText({ columns, error }: ExportColumns): string {
  if (columns === null) return `unknown: ${error}`
  const shown = columns.slice(0, MOST_COLUMNS).map(({ name, type }) => `${name} ${type}`)
  const more = columns.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${countText(more, 'more column')}`] : [])]
    .map(text => cellText(text, WIDEST_PARAMETER, false))
    .join(', ')
}

/** The exports of the record, those that write their parts, and the number of earlier ones. */
function exportsLines({ exports, exportCount, begun, columns }: DescribedRun): readonly Line[] {
  const earlier = exportCount - exports.length
  const latest = new Set(publishedExports({ exports }))
  return [
    ...exports.flatMap(entry => [
      ...exportLines(entry),
      ...columns
        .filter(({ uri }) => uri === entry.uri && latest.has(entry))
        .map(described => ['columns', columnsText(described)] as const),
    ]),
    ...begun.map(({ uri }) => ['export', `${uri} BEGUN: not all of its parts are staged`] as const),
    ['export', earlier > 0 ? `and ${countText(earlier, 'earlier export')}` : null],
  ]
}

function exportLines(entry: ExportRecord): readonly Line[] {
  const { uri, state, rows, bytes, parts, manifest } = entry
  return [
    ['export', `${uri} ${state}: ${countText(rows, 'row')}, ${prettyBytes(bytes)} in the store`],
    ['format', formatText(entry)],
    ...parts.map(part => ['part', part.uri] as const),
    ['manifest', manifest],
  ]
}

/** Null for an export whose record does not have the compression: of an earlier version, or written by the server itself. */
const formatText = ({ format, compression }: ExportRecord): string | null =>
  compression === undefined ? null : `${format}, COMPRESSION ${compression}`

/** A task may export to one destination several times. The last publication replaces the earlier ones. */
function publishedExports({ exports }: Pick<RunRecord, 'exports'>): ExportRecord[] {
  const published = exports.filter(({ state }) => state === 'PUBLISHED')
  return [...new Map(published.map(entry => [entry.uri, entry])).values()]
}

/** Without separators, because programs read it too. */
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
