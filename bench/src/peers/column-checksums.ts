/** A column of a table, by the values that all programs must write for it. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  /** The digits after the point of a decimal. */
  readonly scale?: number
}

export type ColumnKind =
  | 'integer'
  | 'boolean'
  | 'decimal'
  | 'double'
  | 'text'
  | 'uuid'
  | 'bytes'
  | 'date'
  | 'timestamp'
  | 'json'

type Engine = 'mysql' | 'postgres' | 'duckdb'

/**
 * The same text for equal values in all engines, whose sessions must be in UTC. A program may write a value in another
 * type, for example as a string, if a cast brings the value back.
 */
const TEXTS: Readonly<
  Record<ColumnKind, Readonly<Record<Engine, (column: string, scale: number) => string>>>
> = {
  integer: {
    mysql: column => `CAST(${column} AS CHAR)`,
    postgres: column => `${column}::BIGINT::TEXT`,
    duckdb: column => `${column}::HUGEINT::VARCHAR`,
  },
  boolean: {
    mysql: column => `CAST(${column} AS CHAR)`,
    postgres: column => `${column}::INTEGER::TEXT`,
    duckdb: column => `${column}::BOOLEAN::INTEGER::VARCHAR`,
  },
  decimal: {
    mysql: column => `CAST(${column} AS CHAR)`,
    postgres: column => `${column}::TEXT`,
    duckdb: (column, scale) => `${column}::DECIMAL(38, ${scale})::VARCHAR`,
  },
  // Engines print doubles in different ways, but multiply them alike.
  double: {
    mysql: column => `CAST(CAST(FLOOR(${column} * 1e12) AS SIGNED) AS CHAR)`,
    postgres: column => `floor(${column} * 1e12::FLOAT8)::BIGINT::TEXT`,
    duckdb: column => `floor(${column}::DOUBLE * 1e12::DOUBLE)::BIGINT::VARCHAR`,
  },
  text: {
    mysql: column => `CONVERT(${column} USING utf8mb4)`,
    postgres: column => column,
    duckdb: column => `${column}::VARCHAR`,
  },
  uuid: {
    mysql: column => `LOWER(CONVERT(${column} USING utf8mb4))`,
    postgres: column => `${column}::TEXT`,
    duckdb: column => `lower(${column}::VARCHAR)`,
  },
  bytes: {
    mysql: column => `LOWER(HEX(${column}))`,
    postgres: column => `encode(${column}, 'hex')`,
    duckdb: column => `lower(hex(${column}::BLOB))`,
  },
  date: {
    mysql: column => `CAST(${column} AS CHAR)`,
    postgres: column => `${column}::TEXT`,
    duckdb: column => `${column}::DATE::VARCHAR`,
  },
  timestamp: {
    mysql: column => `DATE_FORMAT(${column}, '%Y-%m-%d %H:%i:%s.%f')`,
    postgres: column => `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`,
    duckdb: column => `strftime(${column}::TIMESTAMP, '%Y-%m-%d %H:%M:%S.%f')`,
  },
  // The members of the documents of our tables, because programs may write other spaces and orders.
  json: {
    mysql: column =>
      `IF(${column} IS NULL, NULL, CONCAT_WS('|', ${['id', 'name', 'tags[1]']
        .map(path => `JSON_UNQUOTE(JSON_EXTRACT(${column}, '$.${path}'))`)
        .join(', ')}))`,
    postgres: column => `concat_ws('|', ${column}->>'id', ${column}->>'name', ${column}->'tags'->>1)`,
    duckdb: column =>
      `concat_ws('|', ${['id', 'name', 'tags[1]'].map(path => `${column}::JSON->>'$.${path}'`).join(', ')})`,
  },
}

/** Sums 32 bits of the hash of each value, so that the order of the rows does not matter. */
const SUMS: Readonly<Record<Engine, (text: string) => string>> = {
  mysql: text => `SUM(CAST(CONV(LEFT(MD5(${text}), 8), 16, 10) AS UNSIGNED))`,
  postgres: text => `sum(('x' || left(md5(${text}), 8))::BIT(32)::BIGINT)`,
  duckdb: text => `sum(('0x' || left(md5(${text}), 8))::UBIGINT)`,
}

/** An aggregate of a column as a text: the number of its values that are not NULL, and a checksum of them. */
export function checksum({ name, kind, scale = 0 }: Column, engine: Engine): string {
  const quoted = engine === 'mysql' ? `\`${name}\`` : `"${name}"`
  const sum = SUMS[engine](TEXTS[kind][engine](quoted, scale))
  const text = engine === 'mysql' ? 'CHAR' : 'VARCHAR'
  return `CONCAT(COUNT(${quoted}), ':', COALESCE(CAST(${sum} AS ${text}), '0'))`
}
