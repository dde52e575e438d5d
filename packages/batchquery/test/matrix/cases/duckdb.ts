import type { Case } from '../case.ts'

const CASES: readonly Omit<Case, 'database'>[] = [
  {
    name: 'ubigint',
    type: 'UBIGINT',
    values: ['18446744073709551615'],
    shown: '2^64-1',
    meaning: 'number',
  },
  {
    name: 'hugeint',
    type: 'HUGEINT',
    values: ['170141183460469231731687303715884105727', '-1'],
    shown: '2^127-1',
    meaning: 'number',
  },
  {
    name: 'timestamp_ns',
    type: 'TIMESTAMP_NS',
    values: ["'2026-11-30 12:34:56.123456789'"],
    shown: '…56.123456789',
    meaning: 'datetime',
  },
  {
    name: 'timestamptz',
    type: 'TIMESTAMPTZ',
    values: ["'2026-11-30 12:34:56.000001+00'"],
    shown: '…56.000001+00',
    meaning: 'instant',
  },
  { name: 'time', type: 'TIME', values: ["'23:59:59.999999'"], shown: '23:59:59.999999', meaning: 'time' },
  {
    name: 'interval',
    type: 'INTERVAL',
    values: ["INTERVAL '1 month 2 days 3.000004 seconds'"],
    shown: '1 month 2 days 3.000004 s',
    meaning: 'interval',
  },
  {
    name: 'uuid',
    type: 'UUID',
    values: ["'123e4567-e89b-12d3-a456-426655440000'"],
    shown: '123e4567-…',
    meaning: 'uuid',
  },
  { name: 'blob', type: 'BLOB', values: ["'\\x00\\xFF\\x80'::BLOB"], shown: '00 ff 80', meaning: 'bytes' },
  {
    name: 'list',
    type: 'INTEGER[]',
    values: ['[1, NULL, 3]', '[]'],
    shown: '[1, NULL, 3]',
    meaning: 'nested',
  },
  {
    name: 'struct',
    type: 'STRUCT(a INTEGER, b VARCHAR)',
    title: 'STRUCT',
    values: ["{'a': 1, 'b': 'x,\"'}"],
    shown: "{'a': 1, 'b': …}",
    meaning: 'nested',
  },
  {
    name: 'map',
    type: 'MAP(VARCHAR, INTEGER)',
    title: 'MAP',
    values: ["MAP {'k': 1, 'l': NULL}"],
    shown: '{k=1, l=NULL}',
    meaning: 'nested',
  },
  {
    name: 'union',
    type: 'UNION(n INTEGER, s VARCHAR)',
    title: 'UNION',
    values: ['union_value(n := 1)', "union_value(s := 'x')"],
    shown: '1, x',
    meaning: 'nested',
  },
]

export const DUCKDB_CASES: readonly Case[] = CASES.map(one => ({ database: 'duckdb', ...one }))
