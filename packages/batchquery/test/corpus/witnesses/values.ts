/** The rows of a query as the database's own driver, or another client, reads them: texts, and `\x` and digits for bytes. */
export interface Values {
  readonly names: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** The columns' types in MariaDB that print the same text; null if unknown. */
  readonly mariadbTypes: readonly string[] | null
}
