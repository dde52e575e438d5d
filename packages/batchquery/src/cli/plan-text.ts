import prettyBytes from 'pretty-bytes'
import type { Forecast, ForecastRanges } from '../export/index.ts'
import { durationText, visible } from '../platform/index.ts'
import type { FargateForecast } from '../submit/forecast-task.ts'
import { countText } from './count-text.ts'
import type { PlanDocument, PlanExport, PlanRefusal } from './plan-document.ts'

/** Columns and ranges of an export. `--json` has all. */
const MOST_COLUMNS = 50
const MOST_RANGES = 3

type Line = readonly [label: string, value: string]

/** A plan for the user: a label and its value on every line, and an empty line before each export. */
export function planText({ database, exports, fargate }: PlanDocument): string {
  const blocks: readonly (readonly Line[])[] = [
    [['database', `${database.server}, ${database.url}`]],
    ...exports.map(exportLines),
    ...(exports.length === 0 ? [[['exports', 'none'] as const]] : []),
    ...(fargate === null ? [] : [fargateLines(fargate, exports.length)]),
  ]
  return blocks
    .map(lines => lines.map(([label, value]) => `${label.padEnd(10)} ${visible(value)}`).join('\n'))
    .join('\n\n')
}

function exportLines(exported: PlanExport): readonly Line[] {
  const { number, line, uri, format, mode, why, forecast, refused } = exported
  return [
    ['statement', `${number} (line ${line}): ${format} to ${uri}`],
    ...(mode === 'native' ? [['reads', 'the server writes the files by itself'] as const] : []),
    ...(why === null ? [] : [['streamed', why] as const]),
    ...(forecast === null ? [] : forecastLines(forecast)),
    ...(refused === null ? [] : refusalLines(refused)),
  ]
}

const refusalLines = ({ code, message, hint, needs }: PlanRefusal): readonly Line[] => [
  needs === null ? ['refused', `${code}: ${message}`] : ['not planned', message],
  ...(hint === null ? [] : [['hint', hint] as const]),
]

function forecastLines(forecast: Forecast | NonNullable<PlanExport['forecast']>): readonly Line[] {
  const { estimate, ranges, memoryBytes, locks, lockSeconds, notes } = forecast
  return [
    ['columns', columnsText(forecast)],
    ['rows', sizeText(estimate)],
    ...estimate.access.map(access => ['access', access] as const),
    ...(ranges === null ? [] : rangeLines(ranges)),
    ['sessions', sessionsText(forecast)],
    ['memory', prettyBytes(memoryBytes, { binary: true })],
    ['files', filesText(forecast)],
    ['longest', longestText(forecast)],
    ...locks.map(lock => ['locks', lock] as const),
    ...(locks.length === 0 || lockSeconds === null
      ? []
      : [['locks', `${aboutText(lockSeconds)} long`] as const]),
    ...notes.map(note => ['note', note] as const),
  ]
}

const aboutText = (seconds: number): string =>
  seconds < 1 ? 'less than 1 s' : `about ${durationText(Math.round(seconds))}`

function columnsText({ columns }: Pick<Forecast, 'columns'>): string {
  if (columns === null) return 'the server names them when the query runs'
  const shown = columns.slice(0, MOST_COLUMNS).map(({ name, sourceType, writtenType, isPartition }) => {
    const written = writtenType ?? (isPartition ? 'partition' : 'as the database writes it')
    return `${name} ${sourceType === null ? '' : `${sourceType} `}→ ${written}`
  })
  const more = columns.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}

const sizeText = ({ rows, bytes }: Forecast['estimate']): string =>
  [
    rows === null ? 'unknown' : `about ${countText(rows, 'row')}`,
    ...(bytes === null ? [] : [`${prettyBytes(bytes)} as the server has them`]),
  ].join(', ')

function rangeLines({ source, key, ranges }: ForecastRanges): readonly Line[] {
  const shown = ranges
    .slice(0, MOST_RANGES)
    .map(({ number, where }) => ['range', `${number}: ${where}`] as const)
  const more = ranges.length - shown.length
  return [
    ['ranges', `${ranges.length} of ${source} by ${key}`],
    ...shown,
    ...(more > 0 ? [['', `and ${more} more (--json has all)`] as const] : []),
  ]
}

const sessionsText = ({ sessions, ranges }: Pick<Forecast, 'sessions' | 'ranges'>): string =>
  ranges === null
    ? String(sessions)
    : `${sessions}, of which ${ranges.readers} read; CONSISTENCY ${ranges.consistency}`

function filesText({
  mostFiles,
  ranges,
  columns,
}: Pick<Forecast, 'mostFiles' | 'ranges' | 'columns'>): string {
  const isPartitioned = columns?.some(({ isPartition }) => isPartition) ?? false
  const each = isPartitioned ? ' in each partition' : ''
  if (mostFiles === null) return `unknown${each}`
  return `at most ${mostFiles}${each}${ranges === null ? '' : `, of ${countText(ranges.ranges.length, 'range')}`}`
}

const longestText = ({ longest: { rows, where, seconds } }: Pick<Forecast, 'longest'>): string =>
  [
    where === null ? 'the query itself' : `the range ${where}`,
    ...(rows === null ? [] : [countText(rows, 'row')]),
    ...(seconds === null ? [] : [aboutText(seconds)]),
  ].join(', ')

function fargateLines({ exports, sizes, currency }: FargateForecast, all: number): readonly Line[] {
  const money = (amount: number): string =>
    currency === 'USD' ? `$${amount.toFixed(4)}` : `${currency} ${amount.toFixed(4)}`
  // Own prices are those of one architecture.
  const costText = ({ X86_64, ARM64 }: FargateForecast['sizes'][number]['cost']): string =>
    X86_64 === ARM64 ? money(X86_64) : `${money(X86_64)} (ARM ${money(ARM64)})`
  return [
    ...(exports < all ? [['fargate', `${exports} of ${all} exports:`] as const] : []),
    ...sizes.map(
      ({ cpu, memory, seconds, cost }) =>
        [
          'fargate',
          `${cpu / 1024} vCPU, ${memory / 1024} GB: ${aboutText(seconds)}, ${costText(cost)}`,
        ] as const,
    ),
  ]
}
