import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { type ObjectAddress, S3Store, type S3StoreOptions, type Store } from '../../../src/store/index.ts'
import { adminCredentials } from '../../setup/s3-client.ts'

export const MIB = 1024 * 1024
export const RUN = '20261123-021545-7k3f9q'

/** A store of the tests' user, and its lines about repeated requests. */
export function openStore(
  endpoint: string,
  options: S3StoreOptions = {},
): { readonly store: Store; readonly retries: string[] } {
  const retries: string[] = []
  const client = {
    endpoint,
    region: inject('s3').region,
    credentials: adminCredentials(),
    ...options.client,
  }
  const onRetry = (text: string) => retries.push(text)
  return { store: new S3Store({ onRetry, ...options, client }), retries }
}

/** Returns another address of the bucket each time. */
export const somewhere = (bucket: string): ObjectAddress => ({
  bucket,
  key: `output/${randomBytes(6).toString('hex')}`,
})

export async function textAt(store: Store, address: ObjectAddress): Promise<string | null> {
  const found = await store.read(address)
  return found === null ? null : Buffer.from(found.bytes).toString()
}

/** Stages and finishes an object. */
export async function staged(store: Store, address: ObjectAddress, content: string | Uint8Array) {
  const object = await store.stage(address, RUN)
  await object.write(Buffer.from(content))
  await object.finish()
  return object.token
}
