import { createHash } from 'node:crypto'
import { BatchQueryError } from '../errors/index.ts'
import type { StagedPart } from '../journal/index.ts'
import type { Destination } from './destination.ts'

/**
 * The bytes of a published part as they come from the store. Only when the last ones were given it is known that all
 * are those that were published.
 *
 * @throws VERIFICATION where they are not; BUCKET_NOT_FOUND and what else the store throws
 */
export async function* readPart(part: StagedPart, { store }: Destination): AsyncGenerator<Uint8Array> {
  const { token, bytes, sha256, uri } = part
  const info = await store.head(token)
  if (info === null) throw differs(uri, 'is missing')
  if (info.bytes !== bytes) throw differs(uri, `has ${info.bytes} bytes, and ${bytes} were published`)
  const hash = createHash('sha256')
  let read = 0
  for await (const chunk of (await store.open(token, 0)) ?? []) {
    hash.update(chunk)
    read += chunk.length
    yield chunk
  }
  if (read !== bytes) throw differs(uri, `gave ${read} bytes, and ${bytes} were published`)
  const found = hash.digest('hex')
  if (found !== sha256) throw differs(uri, `has SHA-256 ${found}, and ${sha256} was published`)
}

const differs = (uri: string, how: string): BatchQueryError =>
  new BatchQueryError('VERIFICATION', `${uri} ${how}`, {
    hint: 'Something else wrote to this destination since. Start a new run: `batchquery rerun RUN`.',
  })
