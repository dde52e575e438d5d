/**
 * A program that writes or reads the same rows without our code.
 *
 * - `mariadb-outfile`: the server's own SELECT ... INTO OUTFILE of the query
 * - `psql-copy`: COPY ... TO STDOUT of the query, through psql
 * - `duckdb-copy`: DuckDB's own COPY of the query
 * - `mariadb-outfile-of-values`: INTO OUTFILE of a table that has the values which DuckDB's driver reads
 * - `postgres-copy-of-values`: COPY of a table that has the values which the database's driver reads
 * - `postgres-copy-from`: COPY ... FROM reads the values which the database's driver reads
 */
export type WitnessName =
  | 'mariadb-outfile'
  | 'psql-copy'
  | 'duckdb-copy'
  | 'mariadb-outfile-of-values'
  | 'postgres-copy-of-values'
  | 'postgres-copy-from'
