import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StagedExport, StagedPart } from '../../../src/journal/index.ts'

const ROOT = join(import.meta.dirname, '../../../../..')

/** Texts that escape from a context somewhere, in any language. */
const SHARP = [
  ...`' " \` \\ / * # ; : = , . ( ) [ ] { } < > ! & | @ $ % ^ ~ ? + - _`.split(' '),
  ...[
    '\0',
    '\n',
    '\r',
    '\r\n',
    '\t',
    ' ',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\u202e',
    '\ud83d',
    '\udc00',
    '😀',
    'é',
  ],
  ...[
    'e\u0301',
    'ı',
    'ſ',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '\\u0027',
    '%00',
    '%2e%2e',
  ],
  ...['..', '/', '//', '\\\\', '99999999999999999999', '-1', '1e999', 'NaN', 'null', 'true', 'x'.repeat(300)],
]

/** The documents and the examples of the project, which contain SQL among other things. */
const examples = (): string[] =>
  readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.sql'))
    .concat('../README.md', '../docs/operations.md')
    .map(name => readFileSync(join(ROOT, 'examples', name), 'utf8'))

export const SQL = {
  corpus: [
    ...examples(),
    `-- @param month date\n-- @param ids int[] = 1,2\n-- @param who text = 'it''s'\n-- @param pw secret\n-- @timeout 2h
-- @database main\nSELECT :month, t.x::int, "a b", \`c\`, E'\\n' FROM t WHERE id IN (:ids) AND n = :who AND p = :pw
INTO OUTFILE S3 's3://b/day=' :month '/p' FORMAT CSV HEADER MAXFILESIZE 64 MB OVERWRITE ON;`,
    `SELECT 'a''b', t.x, /* c */ 1.5e-3 INTO OUTFILE S3 's3-eu-west-1://b/p' CHARACTER SET utf8mb4 FORMAT TEXT HEADER
FIELDS TERMINATED BY '\\t' OPTIONALLY ENCLOSED BY "\\"" ESCAPED BY '\\\\' LINES STARTING BY X'0D' TERMINATED BY _utf8mb4 0x0A
MANIFEST ON OVERWRITE OFF ENCRYPTION SSE_KMS 'key' COMPRESSION GZIP MAXFILESIZE 6.2 GB -- c\nFROM t FOR UPDATE;`,
    `CREATE PROCEDURE p(x INT) BEGIN IF x THEN SELECT CASE x WHEN 2 THEN 3 END; ELSE l: LOOP LEAVE l; END LOOP; END IF; END;
DELIMITER //\nCREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW BEGIN SET @a = 1; END //\nDELIMITER ;\nSELECT @a;`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
CREATE FUNCTION g() RETURNS int AS $body$ SELECT ';'; $body$ LANGUAGE sql; SELECT $$a;b$$, U&'\\0041', $1;`,
    `SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; SELECT "a" FROM "t" WHERE 'x\\' = :a;
SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES'); SET standard_conforming_strings TO off; SELECT '\\'';`,
    `/*!50003 CREATE */ /*M!100100 VIEW */ WITH RECURSIVE a AS (SELECT 1), b (x) AS ((SELECT 2)) SELECT * FROM a /* /* n */ */;`,
    `SELECT a[1:2], x[:n], {'k': :v, 'l': [:a, :b]}, a::text FROM read_csv('f') PIVOT t ON x; FROM t SELECT 1;`,
  ],
  pieces: [
    ...SHARP,
    ...`E' e' U&' X' N' _utf8mb4' $t$ $$ -- --x /* */ /*! /*!50003 /*M! :: := :a :__proto__ ;; @@ @x 0x 1.5e- 1_0 BEGIN END CASE
IF THEN ELSE LOOP REPEAT DO ATOMIC NOT CREATE ALTER PROCEDURE FUNCTION DELIMITER // INTO OUTFILE S3 SELECT WITH FROM VALUES SET
sql_mode FIELDS LINES TERMINATED ENCLOSED ESCAPED STARTING BY FORMAT CSV HEADER OVERWRITE MANIFEST ON OFF MAXFILESIZE MB GB
ENCRYPTION SSE_KMS COMPRESSION GZIP CHARACTER 's3://b/p'`.split(/\s+/),
    ...['-- @param ', '-- @param a int[] = 1,', '\n-- @param b secret', '-- @timeout ', '-- @database '],
  ],
}

export const VALUES = {
  corpus: [
    '1,2,3',
    '["a","b"]',
    '[1, {"a": [2, "\\u0041"]}]',
    '2026-11-23T10:00:00.5',
    '-12.50',
    '{"a":1}',
    "it's",
  ],
  pieces: [...SHARP, ...'[ ] { } " , : 1 -0 0.5 2026-11-23 00:00 " \\" \\\\ [1] [" "] {"a":'.split(' ')],
}

export const URLS = {
  corpus: [
    'mysql://user:p%40ss@db.example.com:3306/db01?sslmode=verify-full&sslrootcert=ca.pem',
    'mariadb://u@[::1]:3306/db?socket=/run/mysqld.sock&passwordFile=/run/secrets/db',
    'postgres://reader:secret@localhost:5432/my%20db?sslmode=disable',
    'postgresql:///db?socket=/run/postgresql',
    'duckdb:.batchquery/db01.duckdb',
    'duckdb::memory:',
  ],
  pieces: [
    ...SHARP,
    ...`mysql: mysql:// postgres:// duckdb: :// // @ : ? & = # %ff %00 %40 %E0%A4%A sslmode= sslrootcert= passwordFile= socket=
password= disable verify-full [::1] [ ] 127.0.0.1 :65536 localhost`.split(/\s+/),
  ],
}

export const ADDRESSES = {
  corpus: [
    's3://batchquery-s3/output/result',
    's3-us-west-2://bucket/day=2026-11-23/orders',
    'file:///var/out/result',
    './out/result',
    'runs/20261123-021545-7k3f9q/run.json',
    'index/8234567890123_20261123-021545-7k3f9q',
    'runs/r1/attempt-0001',
    '20261123-021545-7k3f9q',
    'run-1.0123456789abcdef.r.part_00000:12345:1700000000000000000',
    `${'0123456789abcdef'.repeat(2)}:2~uploadid`,
  ],
  pieces: [
    ...SHARP,
    ...`s3:// s3- file:// file:/// .. . ./ ../ ..%2f %2e%2e/ %5c .batchquery-staging .batchquery-staging/ .Batchquery-Staging runs/
index/ locks/ script/ .part_00000 .manifest CON aux a. .a ~ ﬀ`.split(/\s+/),
    'k'.repeat(1024),
    'é'.repeat(128),
  ],
}

export const YAML = {
  corpus: [
    `bucket: batchquery-s3\nstore: ./.batchquery/store\nengine: local\ndatabase: main
databases:\n  main: { url: "duckdb:db01.duckdb" }\n  sales: { url: "mysql://reader@db.example.com:3306/sales" }\n`,
    `# c\nbucket: 'a''b'\ndatabase: "postgres://u:p@h/d?sslmode=verify-full"\nstore: |-\n  folder\n  name\n`,
    `x: &a [1, *a]\n? complex\n: !!str v\n<<: { a: b }\n--- \n...\n`,
  ],
  pieces: [
    ...SHARP,
    ...`&a *a !!str !!binary !x --- ... ? - : | > |- >+ %YAML <<: bucket: store: database: databases: url: engine: main: {a: [a, ~ 0x1
.inf [[ {{ ]] }}`.split(/\s+/),
    ...['\n  ', '\n- ', ': ', ' #', '\n? ', '- - - '],
  ],
}

const part: StagedPart = {
  uri: 's3://home/out/r.part_00000.gz',
  token: { kind: 's3', bucket: 'home', key: 'out/r.part_00000.gz', owner: 'r1', handle: 'h' },
  rows: 10,
  bytes: 100,
  headerBytes: 0,
  sha256: 'ab'.repeat(32),
}

/** The export that an attempt staged, from its ledger. */
export const STAGED: StagedExport = {
  uri: 's3://home/out/r',
  format: 'TEXT',
  parts: [part],
  rows: 10,
  bytes: 100,
  overwrite: false,
  manifest: 's3://home/out/r.manifest',
  isLast: true,
}

export const RECORD = {
  version: 1,
  id: 'r1',
  state: 'RUNNING',
  attempt: 1,
  task: { bucket: 'home', key: 'script/a.sql', versionId: null, sha256: 'ab'.repeat(32) },
  args: ['a'],
  params: { day: '2026-11-23', pw: '***' },
  request: { database: 'main', timeoutSeconds: 7200, pin: null },
  engine: { name: 'local' },
  runner: { host: 'h', pid: 7, version: '0.1.0' },
  databases: [{ dialect: 'mysql', server: 'mariadb 10.11', host: 'h:3306', name: 'd', sessions: ['1'] }],
  createdAt: '2026-11-23T02:15:45.000Z',
  startedAt: '2026-11-23T02:15:46.000Z',
  endedAt: null,
  heartbeatAt: '2026-11-23T02:15:47.000Z',
  exitCode: null,
  error: { code: 'QUERY_FAILED', message: 'm', hint: null, retryable: false },
  warnings: ['w'],
  progress: { rows: 1, bytes: 1, parts: 1 },
  exports: [
    {
      uri: 's3://home/out/r',
      attempt: 1,
      mode: 'streamed',
      format: 'TEXT',
      state: 'COMMITTING',
      committingAt: '2026-11-23T02:15:48.000Z',
      publishedAt: null,
      rows: 10,
      bytes: 100,
      parts: [{ uri: part.uri, rows: 10, bytes: 100, sha256: part.sha256 }],
      manifest: null,
    },
  ],
  log: 'runs/r1/log/0001-',
}

/** The same run, with its export in the format of version 2. */
export const RECORD_2 = {
  ...RECORD,
  version: 2,
  exports: RECORD.exports.map(entry => ({ ...entry, number: 1 })),
  exportCount: 1,
}
export const BEGUN = {
  version: 2,
  uri: 's3://home/out/r',
  mode: 'streamed',
  format: 'TEXT',
  manifest: null,
  at: '2026-11-23T02:15:47.000Z',
}
export const STAGED_OBJECT = { version: 2, export: STAGED }
export const CHANGED = { version: 2, at: '2026-11-23T02:15:48.000Z' }

export const LEDGER = { version: 1, attempt: 1, exports: [STAGED] }

export const ATTEMPT = { host: 'h', pid: 7, version: '0.1.0', claimedAt: '2026-11-23T02:15:45.000Z' }

export const MANIFEST = {
  entries: [{ url: part.uri, meta: { content_length: 100, record_count: 10, sha256: part.sha256 } }],
  meta: { content_length: 100, record_count: 10 },
}

/** The objects of runs in the store, and manifests. */
export const OBJECTS = {
  corpus: [RECORD, RECORD_2, LEDGER, BEGUN, STAGED_OBJECT, CHANGED, ATTEMPT, MANIFEST].map(value =>
    JSON.stringify(value),
  ),
  pieces: [
    ...SHARP,
    ...[...JSON.stringify(RECORD).matchAll(/"\w+":/g)].map(([key]) => key),
    ...`"__proto__": {"__proto__":{"x":1}} [] {} "" 0 -0 1.5 1e308 9007199254740993 "\\ud800" "2026-13-45T00:00:00.000Z" [[ {"a": ,
"file:///etc/passwd" "s3://other/x" "../../x" "COMMITTING" "PUBLISHED" "QUEUED" 2`.split(/\s+/),
  ],
}
