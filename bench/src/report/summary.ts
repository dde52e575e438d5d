import type { Prices } from '../prices.ts'
import type { Sample } from '../record.ts'
import { betterElsewhere } from './better-elsewhere.ts'
import type { Figures } from './figures.ts'
import { costOf } from './other-tables.ts'
import { asMarkdown, shown, wrapped } from './table.ts'

/** The database's own client, and the fastest other one. The tables have the rest. */
const CLIENTS = ['mariadb-client', 'mydumper']

/** The answers that a user looks for first, in words, with a picture, and the programs that are better. */
export function summary(figures: Figures, prices: Prices): string {
  const answers = [
    timeOf(figures, 'From MariaDB to a file', 'mysql/batchquery-directory', [
      'discard',
      ...CLIENTS,
      'outfile',
    ]),
    timeOf(figures, 'From PostgreSQL to a file', 'postgres/batchquery-directory', [
      ...['discard', 'psql-file', 'pg-copy-streams'],
    ]),
    timeOf(figures, 'From MariaDB to S3', 'mysql/batchquery-s3', ['mariadb-client-s3']),
    timeOf(figures, 'From DuckDB to a file', 'duckdb/batchquery-directory', ['copy']),
    resourceOf(figures, 'Memory', 'MB', 0, sample => sample.peakMegabytes),
    longResult(figures),
    resourceOf(figures, 'CPU', 's per GB', 1, sample => sample.cpuSeconds, figures.gigabytes('mysql/narrow')),
    quarterOfACore(figures, prices),
  ].filter(answer => answer !== null)
  const better = betterElsewhere(figures)
  return [
    ...(answers.length === 0 ? [] : [answers.map(answer => wrapped(answer, '  ')).join('\n')]),
    '![The seconds of each program to export a table](pictures/exports.svg)',
    ...(better.rows.length === 0 ? [] : [asMarkdown(better).trim()]),
  ].join('\n\n')
}

/** The seconds for the narrow table, and those of other programs. Null if batchquery was not measured. */
function timeOf(figures: Figures, about: string, ours: string, others: readonly string[]): string | null {
  const [family = ''] = ours.split('/')
  const subject = figures.subject(`${family}/narrow`)
  const seconds = subject === null ? null : figures.seconds(ours, mainNode(figures), subject.id)
  if (subject === null || seconds === null) return null
  const size = `${shown(subject.rows, 0)} rows, ${shown(subject.textBytes / 1e6, 0)} MB as TEXT`
  const compared = comparison(figures, family, others, id =>
    withUnit(figures.seconds(id, null, subject.id), 1, 's'),
  )
  return `- **${about}**: ${shown(seconds, 1)} s for ${size}.${compared}`
}

/** A figure of the exports from MariaDB, divided by `per`, and that of other programs. */
function resourceOf(
  figures: Figures,
  about: string,
  unit: string,
  digits: number,
  of: (sample: Sample) => number,
  per: number | null = 1,
): string | null {
  const figure = (id: string, node: string | null) => {
    const value = figures.median(id, node, 'mysql/narrow', of)
    return withUnit(value === null || per === null ? null : value / per, digits, unit)
  }
  const node = mainNode(figures)
  const [toFile, toS3] = [figure('mysql/batchquery-directory', node), figure('mysql/batchquery-s3', node)]
  if (toFile === null) return null
  const compared = comparison(figures, 'mysql', CLIENTS, id => figure(id, null))
  return `- **${about}**: ${toFile} to a file${toS3 === null ? '' : `, ${toS3} to S3`}.${compared}`
}

/** The memory does not grow with the result. */
function longResult(figures: Figures): string | null {
  const scenario = 'length/batchquery-directory'
  const known = figures.record.subjects
    .map(({ id, rows }) => ({
      rows,
      megabytes: figures.median(scenario, mainNode(figures), id, sample => sample.peakMegabytes),
    }))
    .filter(({ megabytes }) => megabytes !== null)
    .toSorted((a, b) => a.rows - b.rows)
    .map(({ rows, megabytes }) => `${shown(megabytes, 0)} MB for ${shown(rows, 0)} rows`)
  return known.length < 2 ? null : `- **Memory for a longer result**: ${known.join(', ')}.`
}

/** The speed of the smallest Fargate task. */
function quarterOfACore(figures: Figures, prices: Prices): string | null {
  const cost = costOf(figures, 'quarter/batchquery-s3', mainNode(figures), 'mysql/narrow-slice', prices)
  return cost === null
    ? null
    : `- **With a quarter of a core and 512 MB**: ${shown(cost.megabytesPerSecond, 1)} MB/s to S3. On Fargate, a TB takes ` +
        `${shown(cost.hoursPerTb, 1)} hours and costs $${shown(cost.dollarsPerTb.x86, 3)}, without the database.`
}

function comparison(
  figures: Figures,
  family: string,
  others: readonly string[],
  figure: (id: string) => string | null,
): string {
  const known = others.flatMap(name => {
    const text = figure(`${family}/${name}`)
    const title = figures.titleOf(`${family}/${name}`).replace(' (the baseline)', '')
    return text === null ? [] : [`${title} (${text})`]
  })
  return known.length === 0 ? '' : ` For comparison: ${known.join(', ')}.`
}

const mainNode = ({ record }: Figures): string | null => record.nodes[0] ?? null

const withUnit = (value: number | null, digits: number, unit: string): string | null =>
  value === null ? null : `${shown(value, digits)} ${unit}`
