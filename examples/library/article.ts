// The article's job in five lines: a task, or a program of its own.
import { connect } from 'batchquery'

const db = await connect()
await db.export('SELECT * FROM table1', 's3://batchquery-s3/output/result', { overwrite: true })
await db.close()
