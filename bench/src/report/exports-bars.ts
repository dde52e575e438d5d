import type { Bars } from './bars.ts'
import type { Figures } from './figures.ts'
import { shown } from './table.ts'

/** The exports of whole tables that a user compares: uncompressed, to a file or to S3. */
const FAMILIES = [
  {
    family: 'mysql',
    database: 'MariaDB',
    ours: ['batchquery-directory', 'batchquery-s3'],
    others: [
      'discard',
      'mydumper',
      'mariadb-client',
      'outfile',
      'mariadb-client-s3',
      'mysql2-tsv',
      'mariadb-tsv',
    ],
  },
  {
    family: 'postgres',
    database: 'PostgreSQL',
    ours: ['batchquery-directory'],
    others: ['discard', 'psql-file', 'pg-copy-streams'],
  },
] as const

/** The seconds of each program that was measured, fastest first. batchquery ran under the main Node. */
export function exportsBars(figures: Figures): Bars {
  const [main = null] = figures.record.nodes
  const groups = FAMILIES.flatMap(({ family, database, ours, others }) =>
    ['narrow', 'wide'].flatMap(table => {
      const subject = figures.subject(`${family}/${table}`)
      if (subject === null) return []
      const bar = (name: string, isOurs: boolean) => {
        const id = `${family}/${name}`
        const seconds = figures.seconds(id, isOurs ? main : null, subject.id)
        if (seconds === null) return []
        const title = figures.titleOf(id).replaceAll('`', '')
        return [{ name: title, isOurs, values: [Math.round(seconds * 100) / 100], note: '' }]
      }
      const bars = [...ours.flatMap(name => bar(name, true)), ...others.flatMap(name => bar(name, false))]
      if (bars.length === 0) return []
      const [first, size] = [
        `${database}: ${subject.title}`,
        `${shown(subject.textBytes / 1e6, 0)} MB as TEXT`,
      ]
      return [{ title: `${first}, ${size}`, bars: bars.toSorted((a, b) => sumOf(a) - sumOf(b)) }]
    }),
  )
  return { title: 'Seconds to export a whole table', parts: ['seconds'], columns: 2, groups }
}

const sumOf = ({ values }: { readonly values: readonly number[] }): number =>
  values.reduce((sum, value) => sum + value, 0)
