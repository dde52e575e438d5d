// The article's task in five lines. It runs as a task or as a separate program.
import { connect } from 'batchquery'

const db = await connect()
await db.export('SELECT * FROM table1', 's3://batchquery-s3/output/result', { overwrite: true })
await db.close()
