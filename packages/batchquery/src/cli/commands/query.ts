import type { Command } from '../command.ts'
import {
  database,
  format,
  HOME,
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
  verbose,
} from '../options.ts'

export const query: Command = {
  name: 'query',
  operands: [{ form: '<sql>', description: 'one or several statements; - reads them from stdin' }],
  summary: 'print the rows of SQL statements',
  description: [
    'Runs statements in one session and prints their rows while they come, in UTF-8, one result after the other. How',
    'many rows a statement changed goes to stderr. Ctrl-C stops the statement on the server. Formats:',
    '  table  for people: long values are cut, the first rows decide the widths',
    '  tsv    as an export in FORMAT TEXT: \\N is NULL, a backslash escapes',
    '  csv    as an export in FORMAT CSV: nothing is NULL, "" an empty string',
    '  json   as an export in FORMAT JSON: JSON Lines, an object for every row. Numbers are',
    '         bare and have all digits of the database, also those beyond 2^53. Bytes are',
    '         base64, and values of JSON columns are embedded',
    '  parquet  only with --to, as an export in FORMAT PARQUET: typed columns',
    'With --to a run exports the rows of the last statement, as tsv, csv, json or parquet: as --format says or, without it,',
    'the name (.csv, .json, .jsonl, .ndjson, .parquet, .tsv; else tsv). A name that ends in .gz or .zst compresses tsv, csv',
    'and json. The files are named PREFIX.part_00000 and so on.',
  ].join('\n'),
  options: [
    ...[database, param, format, jsonLines, noHeader, to, replace, manifest, mode],
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
