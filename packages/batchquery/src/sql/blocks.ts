import type { SqlDialect } from './dialect.ts'
import type { Lexer } from './lexer.ts'
import { MysqlBlocks } from './mysql-blocks.ts'
import { PostgresBlocks } from './postgres-blocks.ts'

/** Follows the code tokens of one statement to tell whether a `;` ends it. */
export interface BlockTracker {
  /** A `;` here is inside the statement. */
  readonly isOpen: boolean
  see(token: Lexer): void
}

/** DuckDB has no routine bodies. */
const NO_BLOCKS: BlockTracker = { isOpen: false, see: () => {} }

export const trackBlocks = (dialect: SqlDialect): BlockTracker => {
  if (dialect === 'mysql') return new MysqlBlocks()
  return dialect === 'postgres' ? new PostgresBlocks() : NO_BLOCKS
}
