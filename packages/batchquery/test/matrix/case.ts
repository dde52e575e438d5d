/** How values are compared, independent of the type that a tool writes. */
export type Meaning =
  | 'number'
  | 'float'
  | 'double'
  | 'bits'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'instant'
  | 'time'
  | 'duration'
  | 'interval'
  | 'text'
  | 'money'
  | 'network'
  | 'bitstring'
  | 'point'
  | 'json'
  | 'uuid'
  | 'bytes'
  | 'geometry'
  | 'vector'
  | 'nested'

export type CaseDatabase = 'mysql' | 'postgres' | 'duckdb'

/** A type of a database, with values that some tools change or refuse. */
export interface Case {
  readonly database: CaseDatabase
  /** Unique for the database. */
  readonly name: string
  /** As in CREATE TABLE. */
  readonly type: string
  /** The type as the page shows it. @default type */
  readonly title?: string
  /** SQL expressions. Each table has NULL as a further row. */
  readonly values: readonly string[]
  /** The values as the page shows them. */
  readonly shown: string
  readonly meaning: Meaning
  /** Statements that the type needs. */
  readonly before?: readonly string[]
  readonly remark?: string
}

/** The name of a case for all databases. */
export const keyOf = ({ database, name }: Case): string => `${database}/${name}`

export const tableOf = ({ name }: Case): string => `t_${name}`
