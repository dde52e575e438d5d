import type { Prices } from '../prices.ts'
import { QUARTER } from '../quarter.ts'
import { quotient } from '../statistics.ts'
import { majorOf } from './export-tables.ts'
import type { Figures } from './figures.ts'
import { shown, type Table } from './table.ts'

/** The time per row in results of several lengths. */
export function lengthTable(figures: Figures): Table {
  const scenario = 'length/batchquery-directory'
  const [node = null] = figures.record.nodes
  const subjects = figures.record.subjects.filter(({ id }) => figures.samples(scenario, node, id).length > 0)
  return {
    title: 'MariaDB to a directory: the time of a row in results of several lengths',
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
    title: 'Publication on S3, each request 30 ms on its way',
    head: ['', 'Node', 'rounds', 's', 'ms for a part', 'CPU of the process, s', 'peak MB'],
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
export function priceTable(figures: Figures, { fargate }: Prices): Table {
  const subjects = ['mysql/narrow-slice', 'mysql/wide-slice']
  const rows = subjects.flatMap(subject =>
    figures
      .scenariosOf('quarter', subject)
      .filter(({ id }) => id.endsWith('-s3'))
      .map(({ id, title, node }) => {
        const speed = figures.megabytesPerSecond(id, node, subject)
        const hours = quotient(1e6 / 3600, speed)
        const dollars = (price: Prices['fargate']['x86']) =>
          shown(hours === null ? null : hours * hourlyPrice(price), 3)
        return [
          title,
          subject.includes('wide') ? 'wide' : 'narrow',
          shown(speed, 1),
          shown(quotient(speed, QUARTER.cores), 0),
          shown(hours, 1),
          dollars(fargate.x86),
          dollars(fargate.arm),
        ]
      }),
  )
  return {
    title: 'On Fargate with 0.25 vCPU and 0.5 GB, to S3',
    head: ['', 'table', 'MB/s', 'MB/s per vCPU', 'hours per TB', '$ per TB, x86', '$ per TB, ARM'],
    rows,
    remark:
      `Computed from the table above with the prices of ${fargate.region} (${fargate.asOf}, \`bench/prices.json\`), as if a ` +
      'vCPU were a core of this machine, and one of ARM as quick as one of x86. A TB is of TEXT. The database costs extra.',
  }
}

function hourlyPrice({ dollarsPerVcpuHour, dollarsPerGbHour }: Prices['fargate']['x86']): number {
  return QUARTER.cores * dollarsPerVcpuHour + (QUARTER.megabytes / 1024) * dollarsPerGbHour
}
