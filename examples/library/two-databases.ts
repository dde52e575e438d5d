// Combines two databases in one script: the rows of one become a condition in the other. The environment names them:
// a name under `databases:` in batchquery.yaml, or a URL.
import { connect, sql } from 'batchquery'

const orders = await connect(process.env.ORDERS_DATABASE)
const customers = await connect(process.env.CUSTOMERS_DATABASE)
try {
  const late = await orders.query<{ customer: number }>(
    sql`SELECT DISTINCT customer FROM orders WHERE due < ${sql.date('2026-11-01')} ORDER BY customer`,
  )
  const ids = late.map(({ customer }) => customer)
  const { rows, parts } = await customers.export(
    sql`SELECT id, name, email FROM customers WHERE id IN (${ids}) ORDER BY id`,
    's3://batchquery-s3/output/late-customers',
    { format: 'CSV', header: true, overwrite: true },
  )
  console.log(`${rows} customers in ${parts.map(part => part.uri).join(', ')}`)
} finally {
  await Promise.all([orders.close(), customers.close()])
}
