// The article's job from a program: five lines.
import { connect } from 'batchquery'

const db = await connect()
await db.export('SELECT * FROM table1', 's3://batchquery-s3/output/result', { overwrite: true })
await db.close()
