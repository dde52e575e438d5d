import type { Command } from '../command.ts'
import {
  database,
  format,
  HOME,
  invalidDates,
  jsonLines,
  manifest,
  mode,
  noHeader,
  noProgress,
  param,
  quiet,
  replace,
  timeout,
  to,
  types,
  verbose,
} from '../options.ts'

export const query: Command = {
  name: 'query',
  operands: [{ form: '<sql>', description: 'one or several statements; - reads them from stdin' }],
  summary: 'print the rows of SQL statements',
  description: [
    'Runs statements in one session, and prints their rows as they arrive, in UTF-8. The number of rows that a statement changed goes to stderr. Ctrl-C stops the statement on the server. Formats (default: table on a terminal, otherwise tsv):',
    '  table    for people: cuts long values',
    '  tsv      as FORMAT TEXT: \\N is NULL, and a backslash escapes',
    '  csv      as FORMAT CSV: nothing is NULL, "" is an empty string',
    '  json     as FORMAT JSON: JSON Lines, an object for each row',
    '  parquet  as FORMAT PARQUET, only with --to',
    'A number in JSON has all digits of the database, also beyond 2^53. Bytes are base64, and values of JSON columns are embedded.',
    '--to exports the rows of the last statement as a run. --format decides the format; without it the name does (.csv, .json, .jsonl, .ndjson, .parquet, .tsv), and a name that ends in .gz or .zst compresses. The parts are named PREFIX.part_00000 and so on.',
  ].join('\n'),
  options: [
    ...[database, param, format, jsonLines, noHeader, to, replace, manifest, types, invalidDates, mode],
    ...[...HOME, timeout, noProgress, quiet, verbose],
  ],
  examples: [
    'query "SELECT count(*) FROM table1"',
    'query --format csv "SELECT * FROM table1" > table1.csv',
    'query -d mysql://reader@db.example.com/sales - < report.sql',
    'query "SELECT * FROM table1" --to s3://batchquery-s3/output/table1 --overwrite',
  ],
  load: async () => (await import('../execution/query.ts')).query,
}
