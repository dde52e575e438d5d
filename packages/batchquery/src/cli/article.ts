/**
 * The original example: a statement of Aurora MySQL, which runs unchanged on every database, and
 * the table that it reads.
 */
export const STATEMENT =
  "SELECT * FROM table1 INTO OUTFILE S3 's3://batchquery-s3/output/result' OVERWRITE ON"

/** The key of the task with the statement, in the demo. */
export const TASK_KEY = 'script/batchquery.sql'

/** The fields of the article's row 9, which repeats the attr1 of row 8. */
export const ODD_ROW = ['9', 'AAAAAAAA08', 'BBBBBBBB09'] as const

const ROWS = [
  "(1, 'AAAAAAAA01', 'BBBBBBBB01')",
  "(2, 'AAAAAAAA02', 'BBBBBBBB02')",
  "(3, 'AAAAAAAA03', 'BBBBBBBB03')",
  "(4, 'AAAAAAAA04', 'BBBBBBBB04')",
  "(5, 'AAAAAAAA05', 'BBBBBBBB05')",
  "(6, 'AAAAAAAA06', 'BBBBBBBB06')",
  "(7, 'AAAAAAAA07', 'BBBBBBBB07')",
  "(8, 'AAAAAAAA08', 'BBBBBBBB08')",
  `(${ODD_ROW[0]}, '${ODD_ROW[1]}', '${ODD_ROW[2]}')`,
  "(10, 'AAAAAAAA10', 'BBBBBBBB10')",
]

/** For DuckDB: the columns are INTEGER and VARCHAR. An existing table of this name does not change. */
export const TABLE_STATEMENT = `CREATE TABLE IF NOT EXISTS table1 AS
  SELECT * FROM (VALUES ${ROWS.join(', ')}) AS ten (id, attr1, attr2)`
