/**
 * The two tables for final tests: the article's, long and narrow, and a wide one whose texts are full of tabs,
 * newlines, backslashes, NULLs and multi-byte characters.
 */
/** 89 MB of TEXT: a runner that kept all of it would exceed the memory that the tests allow. */
export const NARROW_ROWS = 3_000_000
export const WIDE_ROWS = 300_000

export const CREATE_NARROW = 'CREATE TABLE table1 (id INTEGER, attr1 VARCHAR(10), attr2 VARCHAR(10))'
export const FILL_NARROW = fillNarrow(1, NARROW_ROWS)
/** Adds the rows of these numbers, both included. */
export function fillNarrow(first: number, last: number): string {
  return `INSERT INTO table1
  SELECT seq, CONCAT('AAAAAAAA', LPAD(seq % 100, 2, '0')), CONCAT('BBBBBBBB', LPAD(seq % 97, 2, '0'))
  FROM seq_${first}_to_${last}`
}

export const CREATE_WIDE = `CREATE TABLE wide (
  id BIGINT UNSIGNED, title VARCHAR(80) CHARACTER SET utf8mb4, note TEXT CHARACTER SET utf8mb4, city VARCHAR(40) CHARACTER SET latin1,
  amount DECIMAL(18,4), ratio DOUBLE, at DATETIME(6), raw VARBINARY(40))`
export const FILL_WIDE = fillWide(1, WIDE_ROWS)
/** Adds the rows of these numbers, both included. */
export function fillWide(first: number, last: number): string {
  return `INSERT INTO wide
  SELECT seq * 7919,
    ELT(1 + seq % 5, CONCAT('plain title number ', seq), CONCAT('日本語のタイトル ', seq), '', NULL, CONCAT('é, ü & ß 🎼 ', seq)),
    ELT(1 + seq % 7, CONCAT('line one\\nline two\\twith a tab ', seq), CONCAT('C:\\\\temp\\\\', seq, '.txt'), NULL, REPEAT('clean words ', seq % 12),
      CONCAT('"quoted", ''single'' and; semicolon ', seq), '\\\\N', CONCAT('ends with backslash ', seq, '\\\\')),
    ELT(1 + seq % 3, 'Zürich', NULL, 'São Paulo'), (seq * 31 % 1000003) / 7, seq / 3e5, '2026-11-23' + INTERVAL seq MICROSECOND,
    UNHEX(SHA1(seq))
  FROM seq_${first}_to_${last}`
}
