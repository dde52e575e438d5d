import { numbers } from '../../../packages/batchquery/test/setup/mysql-numbers.ts'

/** About the bytes of a row as TEXT. */
const ROW_BYTES = 104
const MOST_PARTITIONS = 1_000
/** A smaller partition would be mostly the beginning and the end of its file. */
const LEAST_ROWS = 10_000

/** How many rows the table has, and how many days and shops. */
export interface SalesSize {
  readonly rows: number
  readonly partitions: number
}

export function sizeOfSales(megabytes: number): SalesSize {
  const rows = Math.round((megabytes * 1e6) / ROW_BYTES)
  return { rows, partitions: Math.min(MOST_PARTITIONS, Math.ceil(rows / LEAST_ROWS)) }
}

export const SALES = 'sales'

/** The column that divides the rows: `day` grows with the primary key, by which the server sends them. `shop` is random. */
export const COLUMN_OF = { ordered: 'day', random: 'shop' } as const

/** The statement that creates the filled table, of eight columns. */
export const createSales = ({ rows, partitions }: SalesSize): string => `
  CREATE TABLE ${SALES} (
    id INT PRIMARY KEY, day DATE, shop SMALLINT UNSIGNED, customer INT, amount DECIMAL(10, 2), state VARCHAR(10), at DATETIME, note VARCHAR(100)
  ) AS SELECT
    seq AS id,
    DATE '2020-01-01' + INTERVAL FLOOR((seq - 1) * ${partitions} / ${rows}) DAY AS day,
    CRC32(seq) % ${partitions} AS shop,
    CRC32(seq * 7) % 50000 AS customer,
    CRC32(seq * 11) % 1000000 / 100 AS amount,
    ELT(1 + CRC32(seq * 13) % 5, 'new', 'paid', 'shipped', 'returned', 'cancelled') AS state,
    TIMESTAMP '2020-01-01 00:00:00' + INTERVAL FLOOR((seq - 1) * ${partitions} / ${rows} * 86400) SECOND AS at,
    CONCAT('order ', seq, ' of customer ', CRC32(seq * 7) % 50000, ', ', REPEAT('as usual ', seq % 5)) AS note
  FROM ${numbers(rows)}`
