import prettyBytes from 'pretty-bytes'
import type { DescribedRun } from '../client/listed-runs.ts'
import { visible } from '../platform/index.ts'
import type { ExportRecord, RunnerRecord, RunRecord } from '../run/index.ts'

/** A line for every part that is published: its URI, rows and bytes, with tabs between. */
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

/** A run for people: a label and its values on every line. Where several attempts had it, each says what is its own. */
export function runSummary(run: DescribedRun): string {
  const { task, error, dead } = run
  const lines: (readonly [label: string, value: string | null])[] = [
    ['run', run.id],
    ['state', run.exitCode === null ? run.state : `${run.state}, exit code ${run.exitCode}`],
    [
      'dead',
      dead ? `nothing is heard of its runner: run it again with its id, or \`batchquery reap\`` : null,
    ],
    ['repeats', run.repeats ?? null],
    ...run.repeatedBy.map(id => ['repeated', `by ${id}`] as const),
    ['task', `s3://${task.bucket}/${task.key}`],
    ['SHA-256', task.sha256],
    ['arguments', run.args.length === 0 ? null : JSON.stringify(run.args)],
    ...run.databases.map(({ server, host, name }) => ['database', databaseText(server, host, name)] as const),
    ...runnerLines(run),
    ['created', run.createdAt],
    ['started', run.startedAt && `${run.startedAt}${attemptText(run, run.startedAttempt)}`],
    ['ended', run.endedAt && `${run.endedAt}${tookText(run)}${attemptText(run, run.attempt)}`],
    ['progress', `${counted(run.progress.rows, 'row')}, ${prettyBytes(run.progress.bytes)}`],
    ...run.exports.flatMap(exportLines),
    ...run.outputs.map(
      ({ uri, rows, bytes }) =>
        [
          'output',
          [
            uri,
            ...(rows === null ? [] : [counted(rows, 'row')]),
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

/** Seconds between start and end, null before. */
export function secondsTaken({ startedAt, endedAt }: RunRecord): number | null {
  if (startedAt === null || endedAt === null) return null
  return (Date.parse(endedAt) - Date.parse(startedAt)) / 1000
}

/** Of the only attempt the record has the runner: nothing else has to be told apart. */
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

function tookText(run: RunRecord): string {
  const seconds = secondsTaken(run)
  return seconds === null ? '' : ` (${seconds.toFixed(1)} s)`
}

function databaseText(server: string | null, host: string, name: string): string {
  return `${server ?? 'not reached'} at ${host}${name === '' ? '' : `, database ${name}`}`
}

function exportLines({ uri, state, rows, bytes, parts, manifest }: ExportRecord) {
  return [
    ['export', `${uri} ${state}: ${counted(rows, 'row')}, ${prettyBytes(bytes)}`] as const,
    ...parts.map(part => ['part', part.uri] as const),
    ['manifest', manifest] as const,
  ]
}

/** A task may export to one destination several times: what was published last stands there. */
function publishedExports({ exports }: RunRecord): ExportRecord[] {
  const published = exports.filter(({ state }) => state === 'PUBLISHED')
  return [...new Map(published.map(entry => [entry.uri, entry])).values()]
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
