/**
 * The columns of one table for all tests: every type and character set of the servers. Append new ones, because the
 * values of a column depend on its place, and the corpus has the SHA-256 of their exports.
 */
export const TYPES = {
  ti: 'TINYINT',
  su: 'SMALLINT UNSIGNED',
  mi: 'MEDIUMINT',
  i: 'INT',
  iz: 'INT(8) ZEROFILL',
  bi: 'BIGINT',
  bu: 'BIGINT UNSIGNED',
  de: 'DECIMAL(20,6)',
  fl: 'FLOAT',
  db: 'DOUBLE',
  bt: 'BIT(17)',
  ye: 'YEAR',
  da: 'DATE',
  dt: 'DATETIME(6)',
  tm: 'TIME(3)',
  ts: 'TIMESTAMP NULL',
  ch: 'CHAR(30) CHARACTER SET utf8mb4',
  vc: 'VARCHAR(300) CHARACTER SET utf8mb4',
  v3: 'VARCHAR(300) CHARACTER SET utf8mb3',
  la: 'VARCHAR(300) CHARACTER SET latin1',
  cy: 'VARCHAR(300) CHARACTER SET cp1251',
  sj: 'VARCHAR(300) CHARACTER SET sjis',
  cp: 'VARCHAR(300) CHARACTER SET cp932',
  gb: 'VARCHAR(300) CHARACTER SET gbk',
  g2: 'VARCHAR(300) CHARACTER SET gb2312',
  g8: 'VARCHAR(300) CHARACTER SET gb18030',
  b5: 'VARCHAR(300) CHARACTER SET big5',
  ek: 'VARCHAR(300) CHARACTER SET euckr',
  uj: 'VARCHAR(300) CHARACTER SET ujis',
  ej: 'VARCHAR(300) CHARACTER SET eucjpms',
  u2: 'VARCHAR(300) CHARACTER SET ucs2',
  u6: 'VARCHAR(300) CHARACTER SET utf16',
  ul: 'VARCHAR(300) CHARACTER SET utf16le',
  u3: 'VARCHAR(300) CHARACTER SET utf32',
  bn: 'BINARY(12)',
  vb: 'VARBINARY(300)',
  bl: 'BLOB',
  tx: 'TEXT',
  lt: 'LONGTEXT',
  js: 'JSON',
  en: "ENUM('a','b,c','tab\\there','nn')",
  se: "SET('x','y\\\\z','0')",
  ge: 'GEOMETRY',
  pt: 'POINT',
  i4: 'INET4',
  i6: 'INET6',
  uu: 'UUID',
} as const
export type ColumnName = keyof typeof TYPES

export const COLUMN_NAMES = Object.keys(TYPES).filter((name): name is ColumnName => name in TYPES)
export const BINARY: readonly ColumnName[] = ['bt', 'bn', 'vb', 'bl', 'ge', 'pt']
/** The types that the other one of the two servers lacks. */
export const OF_MARIADB: readonly ColumnName[] = ['i4', 'i6', 'uu']
export const OF_MYSQL: readonly ColumnName[] = ['g8']

/** SQL literals for these columns: extremes, NULL, and texts full of special characters. */
export function rowsOf(names: readonly ColumnName[]): string[][] {
  const numbers: Readonly<Record<string, readonly string[]>> = {
    ti: ['-128', '127', '0'],
    su: ['65535', '0'],
    mi: ['-8388608', '7'],
    i: ['-2147483648', '2147483647'],
    iz: ['42', '0'],
    bi: ['-9223372036854775808', '9223372036854775807'],
    bu: ['18446744073709551615'],
    de: ['-12345678901234.567891', '0.000001'],
    fl: ['1e-30', '-3.4e38', '0.1'],
    db: ['1.7976931348623157e308', '-2.2250738585072014e-308', '0.1'],
    bt: ["b'10001011101010101'", '9', '92'],
    ye: ['1901', '2155', '0'],
    da: ["'0000-00-00'", "'9999-12-31'"],
    dt: ["'2026-02-28 23:59:59.123456'", "'0000-00-00'"],
    tm: ["'-838:59:59.000'", "'00:00:01.5'"],
    ts: ["'2026-11-23 01:02:03'"],
    en: ["'tab\\there'", "'b,c'"],
    se: ["'x,y\\\\z,0'", "''"],
    ge: ["ST_GeomFromText('LINESTRING(0 9,10 92)')"],
    pt: ["ST_GeomFromText('POINT(1 2)')"],
    i4: ["'10.0.0.9'"],
    i6: ["'::1'"],
    uu: ["'123e4567-e89b-12d3-a456-426655440000'"],
    js: [`'{"a\\\\tb": "c\\\\\\\\d\\\\n"}'`, "'[]'"],
    bn: ["X'0009005C0A22'", "X'FFFE'"],
    vb: ["X'00095C0A0D222722F0289F'", "X''", "X'C2A7C3'"],
  }
  const texts = [
    "'a\\tb\\nc\\\\d\\0e'",
    "''",
    `'"quoted", ''single'';'`,
    "'\\\\N'",
    "'NULL'",
    "'0123456789e-.ntrb0ZN'",
    "'\\r\\n\\Z\\b'",
    "_utf8mb4'é§ñüß–€'",
    "_utf8mb4'表ソ十予\\\\能\\t丂'",
    "_utf8mb4'日本語テスト;|§'",
    "_utf8mb4'Привет;Ё'",
    "REPEAT('x,y\\\\z;', 40)",
    "REPEAT('clean text that needs no escape. ', 9)",
    "_utf8mb4'𝄞🎼'",
    "'ntr'",
    "'e-7'",
    "'.5'",
  ]
  const count = texts.length
  return Array.from({ length: count + 1 }, (_, row) =>
    names.map((name, column) => {
      if (row === count || (row * 7 + column) % 11 === 0) return 'NULL'
      const own = numbers[name] ?? texts
      return own[(row + column) % own.length]
    }),
  )
}
