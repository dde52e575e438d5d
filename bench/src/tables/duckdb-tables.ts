import type { Sizes } from '../sizes.ts'

/** The statements that create the same tables as in MariaDB, row by row. */
export const duckdbTables = (sizes: Sizes): readonly string[] => [
  `CREATE TABLE table1 AS
  SELECT i::INTEGER AS id, 'AAAAAAAA' || lpad((i % 100)::VARCHAR, 2, '0') AS attr1,
    'BBBBBBBB' || lpad((i % 97)::VARCHAR, 2, '0') AS attr2
  FROM range(1, ${sizes.narrow} + 1) t(i)`,
  `CREATE TABLE wide AS
  SELECT (i * 7919)::UBIGINT AS id,
    CASE i % 5 WHEN 0 THEN 'plain title number ' || i WHEN 1 THEN '日本語のタイトル ' || i WHEN 2 THEN ''
      WHEN 4 THEN 'é, ü & ß 🎼 ' || i END AS title,
    CASE i % 7 WHEN 0 THEN E'line one\\nline two\\twith a tab ' || i WHEN 1 THEN 'C:\\temp\\' || i || '.txt'
      WHEN 3 THEN repeat('clean words ', i % 12) WHEN 4 THEN '"quoted", ''single'' and; semicolon ' || i
      WHEN 5 THEN '\\N' WHEN 6 THEN 'ends with backslash ' || i || '\\' END AS note,
    CASE i % 3 WHEN 0 THEN 'Zürich' WHEN 2 THEN 'São Paulo' END AS city,
    ((i * 31 % 1000003) / 7)::DECIMAL(18, 4) AS amount, i / 3e5::DOUBLE AS ratio,
    TIMESTAMP '2026-11-23' + to_microseconds(i) AS at, unhex(sha1(i::VARCHAR)) AS raw
  FROM range(1, ${sizes.wide} + 1) t(i)`,
]
