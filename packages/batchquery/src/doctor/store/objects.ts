import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import type { Finding } from '../check.ts'
import type { Scratch } from './scratch.ts'

const CONTENT = Buffer.from('batchquery doctor\n')
const OTHER_CONTENT = Buffer.from('batchquery doctor, once more\n')
const OBJECT = 'object'
/** It has characters that URLs encode, and one that looks encoded already. */
const AWKWARD = 'a+b 50% ü %2B'

/** @throws as `Store.put` */
export async function writeObject(scratch: Scratch): Promise<Finding> {
  const address = scratch.address(OBJECT)
  const { store } = scratch
  await store.put(address, CONTENT)
  return { figure: `${CONTENT.length} bytes at ${store.uriOf(address)}` }
}

/** @throws VERIFICATION if other bytes come back; as `Store.read` */
export async function readObject(scratch: Scratch): Promise<Finding> {
  const address = scratch.address(OBJECT)
  const { store } = scratch
  const found = await store.read(address)
  if (found === null || Buffer.compare(found.bytes, CONTENT) !== 0)
    throw new BatchQueryError(
      'VERIFICATION',
      `${store.uriOf(address)}: ${CONTENT.length} bytes were written, but ${found === null ? 'nothing' : 'something else'} was read`,
      {
        hint: 'Find the proxy or gateway between this machine and the store that changes or caches objects.',
      },
    )
  const version = found.info.versionId === null ? '' : ', with versions'
  return { figure: `the same ${found.bytes.length} bytes${version}` }
}

/**
 * Parts that a listing shows under wrong keys would remain when a result is replaced.
 *
 * @throws VERIFICATION if a listing lacks an object that was just written, or has another key for it; as `Store.list`
 */
export async function listObject(scratch: Scratch): Promise<Finding> {
  const { store, bucket, prefix } = scratch
  const addresses = [OBJECT, AWKWARD].map(name => scratch.address(name))
  for (const address of addresses) await store.put(address, CONTENT)
  const keys: string[] = []
  for await (const { key } of store.list(bucket, prefix)) keys.push(key)
  const lacking = addresses.find(({ key }) => !keys.includes(key))
  if (lacking !== undefined)
    throw new BatchQueryError(
      'VERIFICATION',
      `the listing of ${prefix} lacks ${quoted(lacking.key)}, which doctor has just written; it has ${keys.map(quoted).join(', ') || 'nothing'}`,
      {
        hint: 'Use a store whose listings show each object at once and under its own key, as Amazon S3 does.',
      },
    )
  return { figure: 'lists the new object, also under a key with + % space ü' }
}

/**
 * A run has one owner because its claim is created exclusively (`If-None-Match: *`, `link` in a directory).
 *
 * @throws STORE_FAILED if the second object replaces the first; as `Store.create`
 */
export async function createOnce(scratch: Scratch): Promise<Finding> {
  const address = scratch.address('created')
  const { store } = scratch
  if (!(await store.create(address, CONTENT)))
    throw notHonored(`${store.uriOf(address)} is new, but the store says that it exists`)
  if (await store.create(address, OTHER_CONTENT))
    throw notHonored(`${store.uriOf(address)} was created a second time (If-None-Match: *)`)
  return { figure: 'the store refuses to create an object twice' }
}

/**
 * A runner that was slow must not overwrite what its successor has written since (`If-Match`).
 *
 * @throws STORE_FAILED if the store replaces another version than the named one; as `Store.putOver`
 */
export async function replaceSeen(scratch: Scratch): Promise<Finding> {
  const { store } = scratch
  const address = scratch.address('replaced')
  const first = await store.putOver(address, CONTENT, null)
  if (first === null || first.version === null)
    return { skipped: 'this store has no such condition, so a runner looks before it writes' }
  if ((await store.putOver(address, OTHER_CONTENT, first.version)) === null)
    throw notHonored(`${store.uriOf(address)} did not change, but the store says that it did (If-Match)`)
  if ((await store.putOver(address, CONTENT, first.version)) !== null)
    throw notHonored(
      `${store.uriOf(address)} was replaced, although the request named another version (If-Match)`,
    )
  return { figure: 'the store refuses to replace an object that has changed' }
}

const notHonored = (message: string): BatchQueryError =>
  new BatchQueryError('STORE_FAILED', `the store does not honor conditional writes: ${message}`, {
    retryable: false,
    hint: 'Use a store that honors If-None-Match and If-Match, as Amazon S3 does, and no proxy that removes them. Without them, two runners could own one run.',
  })
