import { appendFile, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Workspace } from './workspace.ts'

const STORE = '.batchquery/store/batchquery-s3'
/** Three parts of a megabyte. */
const ROWS = "SELECT i, repeat('x', 50) AS text FROM range(50000) t(i)"
const exported = (name: string, clauses = '') =>
  `${ROWS} INTO OUTFILE S3 's3://batchquery-s3/output/${name}' ${clauses} MAXFILESIZE 1 MB MANIFEST ON`
const TEXT = Array.from({ length: 50_000 }, (_, at) => `${at}\t${'x'.repeat(50)}\n`).join('')

const readText = (folder: string, name: string) => readFile(join(folder, name), 'utf8')

async function published(sql = exported('r')): Promise<Workspace> {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(sql)
  expect(code, stderr).toBe(0)
  return workspace
}

describe('verify', () => {
  test('accepts an unchanged result', async () => {
    const workspace = await published(`${exported('r')}; ${exported('z', 'COMPRESSION GZIP')}`)
    const { code, stdout } = await workspace.run(['verify', 'r1'])
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual([
      'ok       s3://batchquery-s3/output/r: 3 parts, 50,000 rows, 2.84 MB',
      expect.stringMatching(/^ok {7}s3:\/\/batchquery-s3\/output\/z: 3 parts, 50,000 rows, \d/),
      expect.stringMatching(/^verified: 2 exports, 6 parts, 100,000 rows, \d/),
      '',
    ])
    const json = JSON.parse((await workspace.run(['verify', 'r1', '--json'])).stdout)
    expect(json).toMatchObject({ run: 'r1', state: 'SUCCEEDED', verified: true, differences: [] })
  })

  test.each<[how: string, change: (output: string) => Promise<void>, found: string[]]>([
    ['deleted', output => rm(join(output, 'r.part_00001')), ['r.part_00001 is missing']],
    [
      'truncated',
      output => truncate(join(output, 'r.part_00002'), 5),
      ['r.part_00002 has 5 bytes, but the run published \\d+'],
    ],
    [
      'of another length',
      output => appendFile(join(output, 'r.part_00000'), 'x'),
      ['r.part_00000 has \\d+ bytes, but the run published \\d+'],
    ],
    [
      'changed in one byte',
      async output => {
        const text = `1${TEXT.slice(1)}`
        const first = JSON.parse(await readText(output, 'r.manifest')).entries[0].meta.content_length
        await writeFile(join(output, 'r.part_00000'), text.slice(0, first))
      },
      ['r.part_00000 has SHA-256 [0-9a-f]{64}, but the run published [0-9a-f]{64}'],
    ],
    [
      'joined by another one',
      output => writeFile(join(output, 'r.part_00003.gz'), ''),
      ['r.part_00003.gz is an extra part that the run did not publish'],
    ],
    ['without its manifest', output => rm(join(output, 'r.manifest')), ['r.manifest is missing']],
    [
      'with another manifest',
      output => writeFile(join(output, 'r.manifest'), '{"entries":[]}'),
      ['r.manifest does not name the parts that the run published'],
    ],
    [
      'wrong in several ways',
      async output => {
        await rm(join(output, 'r.part_00001'))
        await writeFile(join(output, 'r.part_00009'), '')
      },
      ['r.part_00001 is missing', 'r.part_00009 is an extra part that the run did not publish'],
    ],
  ])('finds a result that was %s', async (_how, change, found) => {
    const workspace = await published()
    await change(join(workspace.folder, STORE, 'output'))
    const { code, stdout, stderr } = await workspace.run(['verify', 'r1', '--json'])
    expect(code).toBe(6)
    const { verified, differences } = JSON.parse(stdout)
    expect(verified).toBe(false)
    expect(differences.map(({ message }: { message: string }) => message)).toEqual(
      found.map(pattern => expect.stringMatching(new RegExp(`^s3://batchquery-s3/output/${pattern}$`))),
    )
    for (const { message } of differences) expect(stderr).toContain(`error: ${message}\n`)
  })

  test('finds one of two exports that differs', async () => {
    const workspace = await published(`${exported('r')}; ${exported('z')}`)
    await rm(join(workspace.folder, STORE, 'output/z.part_00001'))
    const { code, stdout, stderr } = await workspace.run(['verify', 'r1'])
    expect(code).toBe(6)
    expect(stdout.split('\n')).toEqual([
      'ok       s3://batchquery-s3/output/r: 3 parts, 50,000 rows, 2.84 MB',
      'differs  s3://batchquery-s3/output/z: s3://batchquery-s3/output/z.part_00001 is missing',
      'not verified: 1 of 2 exports differ',
      '',
    ])
    expect(stderr).toContain('error: s3://batchquery-s3/output/z.part_00001 is missing\n')
  })

  test('does not accept the result of a run that has not succeeded', async () => {
    const workspace = await Workspace.create()
    await workspace.runSql(`${exported('r')}; SELECT * FROM nosuch`)
    const { code, stderr } = await workspace.run(['verify', 'r1'])
    expect(code).toBe(6)
    expect(stderr).toContain(
      'error: run r1 is FAILED: the parts that it published are not its whole result\nhint: ',
    )
  })

  test('refuses an object of an export that was edited by hand', async () => {
    const workspace = await published()
    const key = 'runs/r1/exports/0001-0001/staged.json'
    const object = await workspace.readObject(key)
    await workspace.write(`${STORE}/${key}`, object.replaceAll('output/r', '../r'))
    const { code, stdout } = await workspace.run(['verify', 'r1', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'RUN_RECORD_INVALID' } })
  })
})

describe('get', () => {
  test('downloads the parts, into the current folder or another', async () => {
    const workspace = await published()
    const { code, stdout, stderr } = await workspace.run(['get', 'r1', 'a/b'])
    expect(code, stderr).toBe(0)
    const names = ['r.part_00000', 'r.part_00001', 'r.part_00002']
    expect(stdout).toBe(names.map(name => `${join(workspace.folder, 'a/b', name)}\n`).join(''))
    expect(await workspace.files('a')).toEqual(names.map(name => `b/${name}`))
    const texts = await Promise.all(names.map(name => workspace.read(`a/b/${name}`)))
    expect(texts.join('')).toBe(TEXT)
    const here = await workspace.run(['get', 'r1', '--json'])
    expect(JSON.parse(here.stdout)).toEqual({
      run: 'r1',
      files: names.map(name => join(workspace.folder, name)),
    })
  })

  test('replaces a file only with --overwrite; it follows a link that the user names', async () => {
    const workspace = await published()
    await mkdir(join(workspace.folder, 'real'))
    await symlink('real', join(workspace.folder, 'link'))
    await workspace.write('real/r.part_00002', 'mine')
    const refused = await workspace.run(['get', 'r1', 'link'])
    expect(refused.code).toBe(5)
    expect(refused.stderr).toMatch(/error: .*r\.part_00002 already exists\nhint: .*--overwrite/)
    expect(await workspace.files('real')).toEqual(['r.part_00002'])
    expect((await workspace.run(['get', 'r1', 'link', '--overwrite'])).code).toBe(0)
    expect(await workspace.files('real')).toHaveLength(3)
    expect(await workspace.read('real/r.part_00002')).not.toBe('mine')
  })

  test('writes no file when a part has changed, and leaves no partial file', async () => {
    const workspace = await published()
    const part = join(workspace.folder, STORE, 'output/r.part_00001')
    const bytes = Buffer.from(await readText(join(workspace.folder, STORE, 'output'), 'r.part_00001'))
    bytes[bytes.length - 2] ^= 1
    await writeFile(part, bytes)
    const { code, stderr } = await workspace.run(['get', 'r1', 'out'])
    expect(code).toBe(6)
    expect(stderr).toMatch(/error: .*r\.part_00001 has SHA-256/)
    expect(await workspace.files('out')).toEqual(['r.part_00000'])
    expect((await workspace.run(['get', 'r1', '--join', 'all.tsv'])).code).toBe(6)
    expect((await workspace.files('.')).filter(name => !name.startsWith('.batchquery/'))).toEqual([
      'out/r.part_00000',
      'task.sql',
    ])
  })

  test('--join writes the parts to one file with one header, also compressed', async () => {
    const workspace = await published(
      [
        exported('plain', 'FORMAT TEXT HEADER'),
        exported('packed', 'FORMAT TEXT HEADER COMPRESSION GZIP'),
      ].join(';\n'),
    )
    expect((await workspace.run(['get', 'r1', '--export', '1', '--join', 'plain.tsv'])).code).toBe(0)
    expect(await workspace.read('plain.tsv')).toBe(`i\ttext\n${TEXT}`)
    expect((await workspace.run(['get', 'r1', '--export', '2', '--join', 'packed.tsv.gz'])).code).toBe(0)
    const packed = gunzipSync(await workspace.readBytes('packed.tsv.gz'))
    expect(packed.toString()).toBe(`i\ttext\n${TEXT}`)
  })

  test.each([
    [
      'COMPRESSION GZIP',
      'all.tsv',
      'are compressed, and end in .gz',
      '"all.tsv.gz"; the file stays compressed',
    ],
    ['COMPRESSION GZIP', 'all.tsv.zst', 'are compressed, and end in .gz', '"all.tsv.gz"; the file stays'],
    ['', 'all.tsv.gz', 'are not compressed', '"all.tsv".'],
  ])('--join refuses a name with another compression: %s, %s', async (clause, name, why, hint) => {
    const workspace = await published(exported('r', clause))
    const before = await workspace.files('.')
    const { code, stderr } = await workspace.run(['get', 'r1', '--join', name])
    expect(code).toBe(2)
    expect(stderr).toContain(`error: --join "${name}": the parts ${why}\nhint: Write --join ${hint}`)
    expect(await workspace.files('.')).toEqual(before)
  })

  test('names what it cannot download before it downloads', async () => {
    const workspace = await published(`${exported('a/r')};\n${exported('b/r')}`)
    await workspace.write('bad.sql', 'SELECT * FROM nosuch')
    await workspace.run(['run', 'bad.sql', '--run-id', 'r2'])
    for (const [args, code, message] of [
      [['r1'], 2, 'two parts have the same file name'],
      [['r1', '--join', 'x'], 2, 'published 2 exports, but --join writes only one'],
      [['r1', 'dir', '--export', '1', '--join', 'x'], 2, '--join names a file'],
      [['r1', '--export', '3'], 3, 'published 2 exports, not 3'],
      [['r1', '--export', '0'], 2, 'is not the number of an export'],
      [['r2'], 3, 'run r2 is FAILED and published 0 exports'],
      [['nosuch'], 3, 'no run nosuch'],
    ] as const) {
      const got = await workspace.run(['get', ...args])
      expect({ args, code: got.code, stdout: got.stdout }).toEqual({ args, code, stdout: '' })
      expect(got.stderr).toContain(message)
    }
    expect((await workspace.files('.')).filter(name => !name.startsWith('.batchquery/'))).toEqual([
      'bad.sql',
      'task.sql',
    ])
    expect((await workspace.run(['get', 'r1', '--export', '2'])).code).toBe(0)
  })
})
