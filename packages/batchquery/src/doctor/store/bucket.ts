import { BatchQueryError } from '../../errors/index.ts'
import type { BucketSettings, Store } from '../../store/index.ts'
import type { Finding } from '../check.ts'
import { judgeClock } from '../clock.ts'
import type { Scratch } from './scratch.ts'

/** docs/operations.md recommends this number. */
const FEW_DAYS = 7

/** @throws BUCKET_NOT_FOUND, AUTHENTICATION, PERMISSION, TLS, STORE_UNREACHABLE */
export async function findBucket(store: Store, bucket: string): Promise<Finding> {
  await store.now(bucket)
  const at = `${bucket} at ${store.name}`
  if (store.bucketSettings === null) return { figure: at }
  try {
    return { figure: `${at}, region ${await store.bucketSettings.regionOf(bucket)}` }
  } catch (thrown) {
    // A run does not need the region.
    if (BatchQueryError.from(thrown).code !== 'PERMISSION') throw thrown
    return { figure: `${at}; no right to ask for its region (s3:GetBucketLocation)` }
  }
}

/** @throws AUTHENTICATION if servers would refuse tokens because of the difference */
export async function compareStoreClock({ store, bucket }: Scratch, needsToken: boolean): Promise<Finding> {
  const before = new Date()
  const theirs = await store.now(bucket)
  return judgeClock({ whose: 'the store', theirs, before, after: new Date() }, needsToken)
}

/** Reports how the bucket encrypts. Another check shows that objects can be written like this. */
export function describeEncryption(settings: BucketSettings, bucket: string): Promise<Finding> {
  return unlessForbidden(async () => {
    const found = await settings.encryptionOf(bucket)
    if (found === null) return { figure: 'the bucket sets none' }
    const { algorithm, keyId } = found
    return { figure: `${algorithm}${keyId === null ? '' : `, key ${keyId}`}` }
  })
}

export function describeLifecycle(settings: BucketSettings, bucket: string): Promise<Finding> {
  return unlessForbidden(async () => {
    const days = await settings.abortsUploadsAfterDays(bucket)
    if (days === null)
      return {
        figure: 'no rule aborts incomplete uploads',
        warnings: [
          `you pay for the uploads of a killed runner until reap removes them; add a rule that aborts them after ${FEW_DAYS} days`,
        ],
      }
    const figure = `a rule aborts incomplete uploads after ${days} day${days === 1 ? '' : 's'}`
    if (days >= FEW_DAYS) return { figure }
    return {
      figure,
      warnings: [
        `an export that takes longer than ${days} days loses its upload; make the rule wait for ${FEW_DAYS} days`,
      ],
    }
  })
}

/** A run does not need the settings of the bucket. So it is not a failure if the caller may not, or cannot, read them. */
async function unlessForbidden(look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (thrown) {
    const { code, message, retryable } = BatchQueryError.from(thrown)
    if (code === 'PERMISSION' || (code === 'STORE_FAILED' && !retryable)) return { skipped: message }
    throw thrown
  }
}
