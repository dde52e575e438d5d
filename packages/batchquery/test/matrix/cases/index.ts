import type { Case } from '../case.ts'
import { DUCKDB_CASES } from './duckdb.ts'
import { MYSQL_CASES } from './mysql.ts'
import { POSTGRES_CASES } from './postgres.ts'

export const CASES: readonly Case[] = [...MYSQL_CASES, ...POSTGRES_CASES, ...DUCKDB_CASES]
