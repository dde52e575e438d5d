import { readFile } from 'node:fs/promises'
import { adminClient } from '../setup/s3-client.ts'
import type { OwnStatement } from './own-statement.ts'

const LINE_FEED = 0x0a
const BACKSLASH = 0x5c

/** Whether an object exists under the prefix. Aurora takes any object for an earlier result. */
export async function existsAt({ bucket, prefix }: OwnStatement): Promise<boolean> {
  const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket, Prefix: prefix })
  return Contents.length > 0
}

/** Writes a first part, as of an unfinished statement. */
export async function beginParts({ bucket, prefix }: OwnStatement, Body: string): Promise<void> {
  await adminClient().putObject({ Bucket: bucket, Key: partKey(prefix, 0), Body })
}

const partKey = (prefix: string, at: number): string => `${prefix}.part_${String(at).padStart(5, '0')}`

/**
 * Uploads a file that the server wrote, in parts of about this many bytes, without splitting rows. The manifest comes
 * last.
 */
export async function uploadParts(file: string, statement: OwnStatement, partBytes: number): Promise<void> {
  const parts = splitRows(await readFile(file), partBytes)
  const keys: string[] = []
  for (const [at, Body] of parts.entries()) {
    const Key = partKey(statement.prefix, at)
    await adminClient().putObject({ Bucket: statement.bucket, Key, Body })
    keys.push(Key)
  }
  if (!statement.manifest) return
  const entries = keys.map(key => ({ url: `s3-us-east-1://${statement.bucket}/${key}` }))
  const Key = `${statement.prefix}.manifest`
  await adminClient().putObject({ Bucket: statement.bucket, Key, Body: JSON.stringify({ entries }) })
}

/** At least one part. Only the last may be shorter than requested. */
function splitRows(bytes: Buffer, partBytes: number): Buffer[] {
  const parts: Buffer[] = []
  let start = 0
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (at + 1 - start < partBytes || isEscaped(bytes, at)) continue
    parts.push(bytes.subarray(start, at + 1))
    start = at + 1
  }
  return start < bytes.length || parts.length === 0 ? [...parts, bytes.subarray(start)] : parts
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let backslashes = 0
  while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}
