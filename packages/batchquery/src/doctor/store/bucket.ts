import { BatchQueryError } from '../../errors/index.ts'
import type { S3Store } from '../../store/index.ts'
import type { Finding } from '../check.ts'
import { judgeClock } from '../clock.ts'
import type { Scratch } from './scratch.ts'

/** docs/operations.md asks for as many. */
const FEW_DAYS = 7

/** @throws BUCKET_NOT_FOUND, AUTHENTICATION, PERMISSION, TLS, STORE_UNREACHABLE */
export async function findBucket(store: S3Store, bucket: string): Promise<Finding> {
  await store.now(bucket)
  const at = `${bucket} at ${store.name}`
  try {
    return { figure: `${at}, region ${await store.regionOf(bucket)}` }
  } catch (thrown) {
    // A run does without it.
    if (BatchQueryError.from(thrown).code !== 'PERMISSION') throw thrown
    return { figure: `${at}; its region may not be asked for (s3:GetBucketLocation)` }
  }
}

/** @throws AUTHENTICATION where tokens would be refused for it */
export async function compareStoreClock({ store, bucket }: Scratch, needsToken: boolean): Promise<Finding> {
  const before = new Date()
  const theirs = await store.now(bucket)
  return judgeClock({ whose: 'the store', theirs, before, after: new Date() }, needsToken)
}

/** That objects can be written as the bucket wants them shows elsewhere; this says how. */
export function describeEncryption(store: S3Store, bucket: string): Promise<Finding> {
  return unlessForbidden(async () => {
    const found = await store.encryptionOf(bucket)
    if (found === null) return { figure: 'the bucket asks for none' }
    const { algorithm, keyId } = found
    return { figure: `${algorithm}${keyId === null ? '' : `, key ${keyId}`}` }
  })
}

export function describeLifecycle(store: S3Store, bucket: string): Promise<Finding> {
  return unlessForbidden(async () => {
    const days = await store.abortsUploadsAfterDays(bucket)
    if (days === null)
      return {
        figure: 'no rule aborts incomplete uploads',
        warnings: [
          `what a killed runner uploaded is paid for until reap: add a rule that aborts it after ${FEW_DAYS} days`,
        ],
      }
    const figure = `incomplete uploads are aborted after ${days} day${days === 1 ? '' : 's'}`
    if (days >= FEW_DAYS) return { figure }
    return {
      figure,
      warnings: [
        `an export that lasts longer than ${days} days loses its upload: have the rule wait for ${FEW_DAYS}`,
      ],
    }
  })
}

/** Settings of the bucket are no need of a run: who may not read them, or cannot, does without. */
async function unlessForbidden(look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (thrown) {
    const { code, message, retryable } = BatchQueryError.from(thrown)
    if (code === 'PERMISSION' || (code === 'STORE_FAILED' && !retryable)) return { skipped: message }
    throw thrown
  }
}
