import { BatchQueryError } from '../../errors/index.ts'
import { S3Store, type Store } from '../../store/index.ts'
import type { Check, Finding } from '../check.ts'
import { needsToken, type Place } from '../place.ts'
import { compareStoreClock, describeEncryption, describeLifecycle, findBucket } from './bucket.ts'
import { lookForRoom } from './folder.ts'
import { createOnce, listObject, readObject, replaceSeen, writeObject } from './objects.ts'
import type { Scratch } from './scratch.ts'
import { listStaged, stageAndAbort } from './staging.ts'

export const WRITE = 'store.write'

/** What a run needs of its store, in the order in which it needs it. */
export function storeChecks(place: Place, scratch: Scratch): readonly Check[] {
  const { store, settings } = place
  const setting: Check = {
    id: 'store.setting',
    what: 'the store and the home bucket',
    needs: [],
    run: async () => describeSetting(place),
  }
  const first: readonly [Check, ...Check[]] =
    store instanceof S3Store ? bucketChecks(store, settings.bucket) : [roomCheck(store)]
  return [setting, ...first, ...objectChecks(place, scratch, first[0].id)]
}

/** @throws CONFIG where an ECS task could not reach it */
function describeSetting({ store, settings, sources }: Place): Finding {
  if (settings.engine === 'fargate' && store.kind !== 's3')
    throw new BatchQueryError(
      'CONFIG',
      `an ECS task cannot reach the store ${store.name} (${sources.store})`,
      {
        hint: 'Set store: s3 and bucket: NAME in batchquery.yaml, or --store s3 --bucket NAME.',
      },
    )
  const where = store.kind === 's3' ? 's3' : store.name
  return { figure: `${where} (${sources.store}), bucket ${settings.bucket} (${sources.bucket})` }
}

const roomCheck = (store: Store): Check => ({
  id: 'store.room',
  what: 'room in the directory',
  needs: [],
  run: () => lookForRoom(store),
})

/** The first one is what the others need. */
const bucketChecks = (store: S3Store, bucket: string): readonly [Check, ...Check[]] => [
  {
    id: 'store.bucket',
    what: 'the bucket and its region',
    needs: [],
    run: () => findBucket(store, bucket),
  },
  {
    id: 'store.encryption',
    what: "the bucket's encryption",
    needs: ['store.bucket'],
    run: () => describeEncryption(store, bucket),
  },
  {
    id: 'store.lifecycle',
    what: "the bucket's rule for incomplete uploads",
    needs: ['store.bucket'],
    run: () => describeLifecycle(store, bucket),
  },
]

/** @param there the check that there is something to write to */
function objectChecks(place: Place, scratch: Scratch, there: string): readonly Check[] {
  const check = (id: string, what: string, needs: string, run: () => Promise<Finding>): Check => ({
    id: `store.${id}`,
    what,
    needs: [needs],
    run,
  })
  return [
    check('clock', "the store's clock", there, () => compareStoreClock(scratch, needsToken(place))),
    check('write', 'writing an object', there, () => writeObject(scratch)),
    check('read', 'reading it back', WRITE, () => readObject(scratch)),
    check('list', 'listing it', WRITE, () => listObject(scratch)),
    check('create', 'creating an object once', WRITE, () => createOnce(scratch)),
    check('replace', 'replacing the version that was seen', WRITE, () => replaceSeen(scratch)),
    check('stage', 'staging a part, and giving it up', WRITE, () => stageAndAbort(scratch)),
    check('staged', 'listing what is staged', there, () => listStaged(scratch)),
  ]
}

/** The last of all: nothing stays. */
export const cleaning = (scratch: Scratch): Check => ({
  id: 'store.delete',
  what: 'removing all that was written',
  needs: [WRITE],
  run: async () => {
    await scratch.clean()
    return { figure: `nothing stays under ${scratch.uri}` }
  },
})
