import type { Command } from '../command.ts'
import {
  database,
  generatedFormat,
  generatedManifest,
  generatedOverwrite,
  generatedTo,
  HOME,
  outputFile,
  replaceFile,
  TALK,
  tables,
  timeout,
  views,
} from '../options.ts'

export const generate: Command = {
  name: 'generate',
  operands: [],
  summary: 'write a task that exports tables',
  description: [
    'Writes a SQL task with one export for each table, to read, change and run: the destination is URI/SCHEMA/TABLE. The task begins with a transaction, so that all tables are as of one moment, or says why it cannot.',
    "--tables takes SCHEMA.TABLE, and can be repeated. * (or %) matches any characters, ? one: 'sales.*', '*.orders'. Letters match in both cases; a name in double quotes or backticks is itself. A name without a schema is in the current one. A pattern that matches no table is an error.",
    'A partitioned table is exported once, as a whole. Views, foreign tables, single partitions and the tables of extensions are exported if a pattern without wildcards names them, or with --views.',
    'Characters of a name that are neither letters nor digits nor one of _ . - become %XX in the destination.',
  ].join('\n'),
  options: [
    ...[database, tables, generatedTo, generatedFormat, views, generatedOverwrite, generatedManifest],
    ...[outputFile, replaceFile, ...HOME, timeout, ...TALK],
  ],
  examples: [
    "generate -d sales --tables 'sales.*' --to s3://my-bucket/2026-11-30",
    "generate -d duckdb:shop.duckdb --tables '*' --tables 'archive.orders_20??' --to ./out --format csv -o export.sql",
  ],
  load: async () => (await import('../execution/generate.ts')).generate,
}
