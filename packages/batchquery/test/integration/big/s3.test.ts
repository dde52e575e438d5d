import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { newerNode } from '../../setup/newer-node.ts'
import { adminClient, freshBucket, openUploads, taskEnvironment } from '../../setup/s3-client.ts'
import { runMeasured } from './measured-runner.ts'
import { type BigTables, bigTables, outfileSha256, sha256 } from './tables.ts'

const BIN = new URL('../../../bin/', import.meta.url).pathname

let tables: BigTables
let bucket: string
let folder: string
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  tables = await bigTables()
  bucket = await freshBucket()
  folder = await mkdtemp(join(tmpdir(), 'batchquery-big-'))
  environment = {
    ...(await taskEnvironment(bucket)),
    BATCHQUERY_DATABASE: tables.url,
    MYSQL_PWD: inject('mariadb').password,
  }
})

afterAll(async () => {
  await tables?.admin.end()
  await rm(folder, { recursive: true, force: true })
})

async function batchquery(...args: string[]): Promise<string> {
  const { stdout } = await execa(process.execPath, [join(BIN, 'batchquery.js'), ...args], {
    env: environment,
    cwd: folder,
  })
  return stdout
}

/** Runs a task by bucket and key, on the Node that the compression needs. */
async function run(id: string, sql: string, compression: string): Promise<void> {
  await writeFile(join(folder, 'task.sql'), sql)
  await batchquery('put', 'task.sql')
  const node = compression === 'ZSTD' ? await newerNode() : process.execPath
  await runMeasured(bucket, { ...environment, BATCHQUERY_RUN_ID: id }, { node })
}

test.each([
  ['table1', 'NONE'],
  ['wide', 'NONE'],
  ['wide', 'GZIP'],
  ['wide', 'ZSTD'],
] as const)(
  '%s, %s, replaces an earlier larger result, is verified, and its joined parts equal the OUTFILE',
  async (table, compression) => {
    const into = `INTO OUTFILE S3 's3://${bucket}/output/result' COMPRESSION ${compression} OVERWRITE ON MANIFEST ON`
    const id = `${table}-${compression}`
    await run(`${id}-small`, `SELECT * FROM ${table} ${into} MAXFILESIZE 8 MB`, compression)
    await run(id, `SELECT * FROM ${table} ${into} MAXFILESIZE 16 MB`, compression)

    await batchquery('verify', id)
    await expect(batchquery('verify', `${id}-small`)).rejects.toMatchObject({ exitCode: 6 })
    await batchquery('get', id, id)
    const files = (await readdir(join(folder, id))).filter(name => name.includes('.part_')).sort()
    const parts = await plain(
      files.map(name => join(folder, id, name)),
      compression,
    )
    const sizes = await Promise.all(parts.map(async path => (await stat(path)).size))
    const bytes = sizes.reduce((sum, size) => sum + size)
    expect(files.length).toBe(Math.ceil(bytes / (16 * 1024 * 1024)))
    expect(await sha256(parts)).toBe(await outfileSha256(tables, table))

    const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket, Prefix: 'output/' })
    expect(Contents.length).toBe(files.length + 1)
    expect(await openUploads(bucket)).toEqual([])
    await adminClient().deleteObjects({
      Bucket: bucket,
      Delete: { Objects: Contents.map(({ Key }) => ({ Key })) },
    })
  },
)

/** The parts, decompressed by standard tools. */
async function plain(parts: readonly string[], compression: string): Promise<readonly string[]> {
  if (compression === 'NONE') return parts
  const [program, ...args] = compression === 'GZIP' ? ['gunzip'] : ['zstd', '--decompress', '--quiet']
  for (const part of parts) await execa(program, [...args, part])
  return parts.map(part => part.replace(/\.(gz|zst)$/, ''))
}
