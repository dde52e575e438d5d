import type { Command } from '../command.ts'
import {
  exportNumber,
  fieldsTerminatedBy,
  fileFormat,
  fileHeader,
  HOME,
  noFileHeader,
  part,
  quiet,
  rowLines,
  rows,
  verbose,
} from '../options.ts'

export const head: Command = {
  name: 'head',
  operands: [
    {
      form: '<run|uri>',
      description:
        'a run: its id, the beginning of one, or `last`; or an address: s3://BUCKET/PREFIX, file:///FOLDER/PREFIX, ./PREFIX',
    },
  ],
  summary: 'print the first rows of a result',
  description: [
    'Prints the first rows of a result as a table, or with --json as JSON Lines. It reads only the bytes that these rows need, however large the parts are. An address is the prefix of a result, a part, a folder of parts, a partition or a manifest; a word without a slash is a run.',
    'For a run, its record says how the rows are written. For an address, the names and the first bytes say it, or these options do: without them, FORMAT TEXT and CSV are not guessed.',
    'Values are exact: all digits of a number, the full time. Bytes are hexadecimal, in JSON base64. The columns of the partition come last, as text. In a table, a long value is cut.',
  ].join('\n'),
  options: [
    ...[rows, part, exportNumber, rowLines, fileFormat, fileHeader, noFileHeader, fieldsTerminatedBy],
    ...[...HOME, quiet, verbose],
  ],
  examples: [
    'head last',
    'head 20261123-021545-7k3f9q -n 5 --export 2',
    'head s3://batchquery-s3/output/table1 --format csv --header',
    'head ./out/table1.parquet --json',
  ],
  load: async () => (await import('../execution/head.ts')).head,
}
