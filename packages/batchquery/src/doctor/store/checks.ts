import { BatchQueryError } from '../../errors/index.ts'
import type { BucketSettings, Store } from '../../store/index.ts'
import type { Check, Finding } from '../check.ts'
import { needsToken, type Place } from '../place.ts'
import { compareStoreClock, describeEncryption, describeLifecycle, findBucket } from './bucket.ts'
import { lookForRoom } from './folder.ts'
import { createOnce, listObject, readObject, replaceSeen, writeObject } from './objects.ts'
import type { Scratch } from './scratch.ts'
import { listStaged, stageAndAbort } from './staging.ts'

export const WRITE = 'store.write'

/** The checks of everything that a run needs from its store, in the order in which it needs it. */
export function storeChecks(place: Place, scratch: Scratch): readonly Check[] {
  const { store, settings } = place
  const { bucketSettings, capabilities } = store
  const setting: Check = {
    id: 'store.setting',
    what: 'the store and the home bucket',
    needs: [],
    run: async () => describeSetting(place),
  }
  const { folder } = capabilities
  const first = folder === null ? bucketCheck(store, settings.bucket) : roomCheck(folder)
  const further = bucketSettings === null ? [] : settingsChecks(bucketSettings, settings.bucket, first.id)
  return [setting, first, ...further, ...objectChecks(place, scratch, first.id)]
}

/** @throws CONFIG if no ECS task could reach the store */
function describeSetting({ store, settings, sources }: Place): Finding {
  if (settings.engine === 'fargate' && !store.capabilities.isShared)
    throw new BatchQueryError(
      'CONFIG',
      `an ECS task cannot reach the store ${store.name} (${sources.store})`,
      {
        hint: 'Set store: s3 and bucket: NAME in batchquery.yaml, or --store s3 --bucket NAME.',
      },
    )
  return {
    figure: `${settings.store} (${sources.store}), bucket ${settings.bucket} (${sources.bucket})`,
  }
}

const roomCheck = (folder: string): Check => ({
  id: 'store.room',
  what: 'free space of the directory',
  needs: [],
  run: () => lookForRoom(folder),
})

const bucketCheck = (store: Store, bucket: string): Check => ({
  id: 'store.bucket',
  what: 'the bucket and its region',
  needs: [],
  run: () => findBucket(store, bucket),
})

/** @param exists the check that the bucket exists */
const settingsChecks = (settings: BucketSettings, bucket: string, exists: string): readonly Check[] => [
  {
    id: 'store.encryption',
    what: "the bucket's encryption",
    needs: [exists],
    run: () => describeEncryption(settings, bucket),
  },
  {
    id: 'store.lifecycle',
    what: "the bucket's rule for incomplete uploads",
    needs: [exists],
    run: () => describeLifecycle(settings, bucket),
  },
]

/** @param exists the check that there is a place to write to */
function objectChecks(place: Place, scratch: Scratch, exists: string): readonly Check[] {
  const check = (id: string, what: string, needs: string, run: () => Promise<Finding>): Check => ({
    id: `store.${id}`,
    what,
    needs: [needs],
    run,
  })
  return [
    check('clock', "the store's clock", exists, () => compareStoreClock(scratch, needsToken(place))),
    check('write', 'writing an object', exists, () => writeObject(scratch)),
    check('read', 'reading it back', WRITE, () => readObject(scratch)),
    check('list', 'listing it', WRITE, () => listObject(scratch)),
    check('create', 'creating an object once', WRITE, () => createOnce(scratch)),
    check('replace', 'replacing only the version that it read', WRITE, () => replaceSeen(scratch)),
    check('stage', 'staging a part, and aborting it', WRITE, () => stageAndAbort(scratch)),
    check('staged', 'listing staged parts', exists, () => listStaged(scratch)),
  ]
}

/** The last check of all: it removes every object that doctor wrote. */
export const cleaning = (scratch: Scratch): Check => ({
  id: 'store.delete',
  what: 'removing everything that it wrote',
  needs: [WRITE],
  run: async () => {
    await scratch.clean()
    return { figure: `nothing remains under ${scratch.uri}` }
  },
})
