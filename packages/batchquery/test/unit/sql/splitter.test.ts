import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dialect, headerComments, splitStatements } from '../../../src/sql/index.ts'
import { cases } from '../../setup/chance.ts'

const split = (sql: string, dialect: Dialect): string[] =>
  splitStatements(sql, dialect).map(({ line, column, text }) => `${line}:${column} ${text}`)

/** Every statement of these was accepted by a MariaDB 10.11 server as one statement. */
const ROUTINES = [
  `CREATE OR REPLACE PROCEDURE p1() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN SELECT 1; END; IF 1 THEN SELECT IF(1,2,3); ELSEIF 2 THEN IF (3) THEN SELECT 4; END IF; ELSE SELECT CASE WHEN 1 THEN IF(1,2,3) ELSE REPEAT('x',2) END; END IF; END`,
  'CREATE OR REPLACE FUNCTION f1(begin INT, `end` INT) RETURNS INT DETERMINISTIC RETURN CASE begin WHEN 1 THEN 2 ELSE 3 END',
  'CREATE OR REPLACE FUNCTION f2(a INT) RETURNS INT RETURN IF(a, 1, 2)',
  'CREATE OR REPLACE PROCEDURE p2() SELECT begin, end FROM (SELECT 1 begin, 2 end) x',
  `CREATE OR REPLACE PROCEDURE p3() COMMENT 'x' IF 1 THEN SELECT 1; END IF`,
  'CREATE OR REPLACE PROCEDURE p4(n INT) BEGIN l: LOOP SET n = n - 1; IF n < 0 THEN LEAVE l; END IF; END LOOP l; REPEAT SET n = n + 1; UNTIL CASE n WHEN 3 THEN 1 ELSE 0 END END REPEAT; WHILE n > 0 DO SET n = n - 1; END WHILE; FOR i IN 1..3 DO SELECT i; END FOR; CASE n WHEN 0 THEN SELECT 0; ELSE BEGIN END; END CASE; DO IF(1,2,3); END',
  'CREATE TABLE IF NOT EXISTS tt (a INT, end INT)',
  'CREATE OR REPLACE TRIGGER tr BEFORE INSERT ON tt FOR EACH ROW SET NEW.a = IF(NEW.end > 1, 1, 2)',
  'CREATE OR REPLACE TRIGGER tr2 BEFORE UPDATE ON tt FOR EACH ROW IF NEW.a THEN SET NEW.end = 1; END IF',
  `CREATE OR REPLACE EVENT e1 ON SCHEDULE EVERY 1 DAY COMMENT 'x' DO BEGIN SELECT 1; END`,
  'ALTER EVENT e1 DO BEGIN SELECT 2; SELECT 3; END',
  'BEGIN NOT ATOMIC SELECT 1; SELECT 2; END',
  'IF 1 THEN SELECT 1; ELSE SELECT 2; END IF',
  'BEGIN',
  'SELECT CASE 1 WHEN 1 THEN 2 END, x.case FROM tt x',
  'COMMIT',
  "CREATE OR REPLACE DEFINER=`root`@`localhost` PROCEDURE p5() SQL SECURITY INVOKER l1:BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND SET @d = IF(1,1,0); DECLARE CONTINUE HANDLER FOR SQLSTATE '23000' BEGIN END; SELECT end FROM tt; SELECT x.end, 1 AS begin FROM tt x; IF EXISTS (SELECT 1) THEN DROP TABLE IF EXISTS zz; END IF; END l1",
  'SELECT 99',
]

describe('splitStatements', () => {
  it.each<[Dialect, string, string[]]>([
    ['mysql', '', []],
    ['mysql', ' ;; -- only a comment\n; /* and one more */ /*! */', []],
    ['mysql', '\ufeffSELECT 1;\r\n  SELECT\r\n2', ['1:1 SELECT 1', '2:3 SELECT\r\n2']],
    ['mysql', "SELECT '😀;', `表;`; SELECT 2", ["1:1 SELECT '😀;', `表;`", '1:20 SELECT 2']],
    [
      'mysql',
      'SELECT 1;-- a;\n# b;\nSELECT /* ; */ 2 -- c\n; -- d',
      ['1:1 SELECT 1', '3:1 -- a;\n# b;\nSELECT /* ; */ 2 -- c'],
    ],
    ['mysql', '/*!40101 SET @a = 1; */;SELECT--1;', ['1:10 /*!40101 SET @a = 1; */', '1:25 SELECT--1']],
    [
      'mysql',
      'SELECT \'a\\\';b\', "c"";" ; SELECT @`;`',
      ['1:1 SELECT \'a\\\';b\', "c"";"', '1:26 SELECT @`;`'],
    ],
    ['mysql', 'SELECT (1; 2', ['1:1 SELECT (1', '1:12 2']],
    [
      'postgres',
      "SELECT E'\\';', 'a\\', $$;$$; SELECT $x$ $$;$x$ /* /* ; */ ; */",
      ["1:1 SELECT E'\\';', 'a\\', $$;$$", '1:29 SELECT $x$ $$;$x$ /* /* ; */ ; */'],
    ],
    [
      'postgres',
      'CREATE RULE r AS ON UPDATE TO t DO ALSO (SELECT 1; SELECT 2);SELECT 3',
      ['1:1 CREATE RULE r AS ON UPDATE TO t DO ALSO (SELECT 1; SELECT 2)', '1:62 SELECT 3'],
    ],
    [
      'postgres',
      'CREATE OR REPLACE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 2 END; END;SELECT 1',
      [
        '1:1 CREATE OR REPLACE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 2 END; END',
        '1:101 SELECT 1',
      ],
    ],
    [
      'postgres',
      'BEGIN ATOMIC; CREATE TABLE case (a int); COMMIT',
      ['1:1 BEGIN ATOMIC', '1:15 CREATE TABLE case (a int)', '1:42 COMMIT'],
    ],
    [
      'postgres',
      "DELIMITER //\nSELECT 'a'; SELECT 2 //",
      ["1:1 DELIMITER //\nSELECT 'a'", '2:13 SELECT 2 //'],
    ],
    [
      'duckdb',
      `FROM t; SELECT {'a': ';'}, "b;", l[1:2], lambda x: x; -- c`,
      ['1:1 FROM t', `1:9 SELECT {'a': ';'}, "b;", l[1:2], lambda x: x`],
    ],
    [
      'duckdb',
      `SELECT 1 INTO OUTFILE S3 'x' LINES TERMINATED BY '\\';' FIELDS ENCLOSED BY "\\"";SELECT 2`,
      [
        `1:1 SELECT 1 INTO OUTFILE S3 'x' LINES TERMINATED BY '\\';' FIELDS ENCLOSED BY "\\""`,
        '1:80 SELECT 2',
      ],
    ],
  ])('%s %j', (dialect, sql, expected) => {
    expect(split(sql, dialect)).toEqual(expected)
  })

  it('reports the start of the text of a statement', () => {
    const [, second] = splitStatements('SELECT 1; /* é */\n-- b\n  SELECT 2', 'mysql')
    expect(second).toMatchObject({
      text: '/* é */\n-- b\n  SELECT 2',
      line: 3,
      column: 3,
      origin: { line: 1, column: 11 },
      start: 10,
      stringRules: { backslashEscapes: true, doubleQuotedStrings: true },
    })
  })

  it('follows DELIMITER as the mysql client does', () => {
    const sql = `-- dropped with the command
delimiter $$ the rest counts for nothing; $$
CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 'DELIMITER $$'; END$$
  SELECT 2; -- two
$$ ; $$
DeLiMiTeR ";;"
SELECT 'a
DELIMITER x
b';;
SELECT 4 -- ;; is in a comment
;;DELIMITER go
SELECT 'go' categ go select 5go
DELIMITER //
SELECT 6 // DELIMITER ;
SELECT 7; SELECT delimiter FROM t`
    expect(split(sql, 'mysql')).toEqual([
      "3:1 CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 'DELIMITER $$'; END",
      '4:3 SELECT 2',
      "7:1 SELECT 'a\nDELIMITER x\nb'",
      '10:1 SELECT 4 -- ;; is in a comment',
      "12:1 SELECT 'go' categ",
      '12:22 select 5',
      '14:1 SELECT 6',
      '15:1 SELECT 7',
      '15:11 SELECT delimiter FROM t',
    ])
  })

  it.each([
    [
      'SELECT 1;\n DELIMITER',
      'line 2, column 11: expected a delimiter without backslash after DELIMITER, found the end of the line',
    ],
    [
      'DELIMITER \\\\ x\nSELECT',
      'line 1, column 11: expected a delimiter without backslash after DELIMITER, found "\\\\\\\\ x"',
    ],
  ])('refuses %j', (sql, message) => {
    expect(() => splitStatements(sql, 'mysql')).toThrowError(
      expect.objectContaining({ code: 'SQL_SYNTAX', message }),
    )
  })

  it.each([';\n', ' ; -- c\n'])(
    'keeps the bodies of routines whole without DELIMITER, split by %j',
    separator => {
      const texts = splitStatements(ROUTINES.join(separator), 'mysql').map(({ text }) =>
        text.replace(/^-- c\n/, ''),
      )
      expect(texts).toEqual(ROUTINES)
    },
  )

  it('keeps a routine of mysqldump whole', () => {
    const routine =
      '/*!50003 CREATE*/ /*!50020 DEFINER=`a`@`%`*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET NEW.a = 1; END */'
    expect(split(`DELIMITER ;;\n${routine};;\nDELIMITER ;\nSELECT 1;`, 'mysql')).toEqual([
      `2:10 ${routine}`,
      '4:1 SELECT 1',
    ])
    expect(split(`${routine};SELECT 1`, 'mysql')).toHaveLength(2)
  })

  it('counts the statements that DuckDB counts', async () => {
    const pieces = [
      'SELECT 1',
      "SELECT ';', 'it''s', 'a\\'",
      "SELECT E'\\';' , e'\\\\'",
      "SELECT E'a'\n'b\\';'",
      'SELECT $$;$$ || $x$ ; $$ $x$',
      'SELECT /* ; /* ; */ ; */ 1',
      'SELECT 1 -- ;\n + 1',
      'SELECT 1 --;\r + 1',
      '/* ; */',
      '-- ;\n',
      '',
      ' ',
      '\u3000',
      `SELECT {'a': ';'}, [1, 2, 3][1:2], 5::INT`,
      'SELECT "a;""b" FROM (SELECT 1 "a;""b")',
      'SELECT list_transform([1], lambda x: x)',
      'SELECT #1 FROM (SELECT 1 a$$b$$)',
      "SELECT X'41', N';', 1e5, .5, 0x1F, $1",
      'CREATE TABLE t (a INT)',
      "SELECT ';\ufeff😀;'",
    ]
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), async chosen => {
          const sql = ['SELECT 0', ...chosen].join(';')
          const { count } = await connection.extractStatements(sql)
          expect(splitStatements(sql, 'duckdb')).toHaveLength(count)
        }),
        { numRuns: cases(200) },
      )
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  })
})

describe('headerComments', () => {
  it('returns the dashed lines before the first statement', () => {
    const sql =
      '\ufeff-- @database main\r\n/* -- no */ --@param a\n\n--  \n-- b 表 -- c\nSELECT 1 -- d\n; -- e'
    expect(headerComments(sql, 'postgres')).toEqual([
      { text: '@database main', line: 1 },
      { text: '@param a', line: 2 },
      { text: '', line: 4 },
      { text: 'b 表 -- c', line: 5 },
    ])
  })

  it('ends at the first token that is not a comment in the dialect', () => {
    expect(headerComments('# x\n-- a\n--b\n-- c', 'mysql')).toEqual([{ text: 'a', line: 2 }])
    expect(headerComments('-- a\n/*! */ -- b', 'mysql')).toEqual([{ text: 'a', line: 1 }])
    expect(headerComments('', 'duckdb')).toEqual([])
  })
})
