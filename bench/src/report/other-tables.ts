import type { Prices } from '../prices.ts'
import { QUARTER } from '../quarter.ts'
import { quotient } from '../statistics.ts'
import { majorOf } from './export-tables.ts'
import type { Figures } from './figures.ts'
import { shown, type Table, wrapped } from './table.ts'

/** The time per row in results of several lengths. */
export function lengthTable(figures: Figures): Table {
  const scenario = 'length/batchquery-directory'
  const [node = null] = figures.record.nodes
  const subjects = figures.record.subjects.filter(({ id }) => figures.samples(scenario, node, id).length > 0)
  return {
    title: 'MariaDB to a directory: the time per row, by the length of the result',
    head: ['rows', 'rounds', 's', 'ns/row', 'peak MB'],
    rows: subjects.map(({ id, rows }) => {
      const seconds = figures.seconds(scenario, node, id)
      return [
        shown(rows, 0),
        `${figures.samples(scenario, node, id).length}`,
        shown(seconds, 2),
        shown(quotient(seconds, rows / 1e9), 0),
        shown(
          figures.median(scenario, node, id, sample => sample.peakMegabytes),
          0,
        ),
      ]
    }),
  }
}

/** The time until a task's first statement reaches the database. */
export function startTable(figures: Figures): Table {
  const subject = 'mysql/one-row'
  return {
    title: 'Start to first statement',
    head: ['', 'Node', 'rounds', 'to the statement, ms', 'whole run, ms', 'CPU, ms', 'peak MB'],
    rows: figures.scenariosOf('start', subject).map(({ id, title, node }) => {
      const ms = (value: number | null) => shown(value === null ? null : value * 1000, 0)
      return [
        title,
        node === null ? '' : majorOf(node),
        `${figures.samples(id, node, subject).length}`,
        ms(figures.seconds(id, node, subject)),
        ms(figures.median(id, node, subject, sample => sample.processSeconds)),
        ms(figures.median(id, node, subject, sample => sample.cpuSeconds)),
        shown(
          figures.median(id, node, subject, sample => sample.peakMegabytes),
          0,
        ),
      ]
    }),
  }
}

/** The time until a staged result is published. */
export function publicationTable(figures: Figures): Table {
  const subject = 'mysql/one-row'
  return {
    title: 'Publication on S3, if each request takes 30 ms',
    head: ['', 'Node', 'rounds', 's', 'ms per part', 'CPU of the process, s', 'peak MB'],
    rows: figures.scenariosOf('publication', subject).map(({ id, title, node }) => {
      const seconds = figures.seconds(id, node, subject)
      const parts = Number(id.replace('publication/', ''))
      return [
        title,
        node === null ? '' : majorOf(node),
        `${figures.samples(id, node, subject).length}`,
        shown(seconds, 1),
        shown(quotient(seconds, parts / 1000), 1),
        shown(
          figures.median(id, node, subject, sample => sample.cpuSeconds),
          1,
        ),
        shown(
          figures.median(id, node, subject, sample => sample.peakMegabytes),
          0,
        ),
      ]
    }),
  }
}

/** The price of an export to S3 on Fargate, from its speed at the smallest size. */
export function priceTable(figures: Figures, prices: Prices): Table {
  const { fargate } = prices
  const rows = ['mysql/narrow-slice', 'mysql/wide-slice'].flatMap(subject =>
    figures
      .scenariosOf('quarter', subject)
      .filter(({ id }) => id.endsWith('-s3'))
      .map(({ id, title, node }) => {
        const cost = costOf(figures, id, node, subject, prices)
        return [
          title,
          subject.includes('wide') ? 'wide' : 'narrow',
          shown(cost?.megabytesPerSecond ?? null, 1),
          shown(quotient(cost?.megabytesPerSecond ?? null, QUARTER.cores), 0),
          shown(cost?.hoursPerTb ?? null, 1),
          shown(cost?.dollarsPerTb.x86 ?? null, 3),
          shown(cost?.dollarsPerTb.arm ?? null, 3),
        ]
      }),
  )
  return {
    title: 'On Fargate with 0.25 vCPU and 0.5 GB, to S3',
    head: ['', 'table', 'MB/s', 'MB/s per vCPU', 'hours per TB', '$ per TB, x86', '$ per TB, ARM'],
    rows,
    remark: wrapped(
      `Computed from the two tables above and the prices of ${fargate.region} (${fargate.asOf}, \`bench/prices.json\`), as if a vCPU ` +
        'were a core of this machine, and a vCPU of ARM as fast as one of x86. A TB is of TEXT. The database costs extra.',
    ),
  }
}

interface Cost {
  readonly megabytesPerSecond: number
  readonly hoursPerTb: number
  readonly dollarsPerTb: { readonly x86: number; readonly arm: number }
}

/** The cost of exporting a TB of TEXT on Fargate. Null if the scenario was not measured. */
export function costOf(
  figures: Figures,
  scenario: string,
  node: string | null,
  subject: string,
  { fargate }: Prices,
): Cost | null {
  const megabytesPerSecond = figures.megabytesPerSecond(scenario, node, subject)
  const hoursPerTb = quotient(1e6 / 3600, megabytesPerSecond)
  if (megabytesPerSecond === null || hoursPerTb === null) return null
  const [x86, arm] = [hoursPerTb * hourlyPrice(fargate.x86), hoursPerTb * hourlyPrice(fargate.arm)]
  return { megabytesPerSecond, hoursPerTb, dollarsPerTb: { x86, arm } }
}

function hourlyPrice({ dollarsPerVcpuHour, dollarsPerGbHour }: Prices['fargate']['x86']): number {
  return QUARTER.cores * dollarsPerVcpuHour + (QUARTER.megabytes / 1024) * dollarsPerGbHour
}
