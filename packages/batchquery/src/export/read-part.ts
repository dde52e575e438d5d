import { createHash } from 'node:crypto'
import { BatchQueryError } from '../errors/index.ts'
import type { StagedPart } from '../journal/index.ts'
import type { Destination } from './destination.ts'

/**
 * Yields the bytes of a published part as they come from the store. Only the end of the iteration means that they are the
 * published ones.
 *
 * @param begin is called before the first byte is read, if the part has its published size @default - nothing
 * @throws VERIFICATION if they differ from the published ones; the store's errors
 */
export async function* readPart(
  part: StagedPart,
  { store }: Destination,
  begin: () => Promise<void> = async () => {},
): AsyncGenerator<Uint8Array> {
  const { token, bytes, sha256, uri } = part
  const info = await store.head(token)
  if (info === null) throw differs(uri, 'is missing')
  if (info.bytes !== bytes) throw differs(uri, `has ${info.bytes} bytes, but the run published ${bytes}`)
  await begin()
  const hash = createHash('sha256')
  let read = 0
  for await (const chunk of (await store.open(token, 0)) ?? []) {
    hash.update(chunk)
    read += chunk.length
    yield chunk
  }
  if (read !== bytes) throw differs(uri, `has ${read} bytes, but the run published ${bytes}`)
  const found = hash.digest('hex')
  if (found !== sha256) throw differs(uri, `has SHA-256 ${found}, but the run published ${sha256}`)
}

const differs = (uri: string, how: string): BatchQueryError =>
  new BatchQueryError('VERIFICATION', `${uri} ${how}`, {
    hint: 'Find the program that has written to this destination since. Then start a new run: `batchquery rerun RUN`.',
  })
