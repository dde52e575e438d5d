import type { StagedObject, Store } from '../../../packages/batchquery/dist/store/store.js'

/** Records when the last object of a store was complete, with all of its writes. */
export class StagingClock {
  /** By `performance.now()`; null before. */
  finishedAt: number | null = null

  /** The same store, under this clock. */
  watch(store: Store): Store {
    const stage: Store['stage'] = async (...args) => this.#watchObject(await store.stage(...args))
    return new Proxy(store, {
      get: (target, name) => {
        if (name === 'stage') return stage
        const member: unknown = Reflect.get(target, name, target)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }

  #watchObject(object: StagedObject): StagedObject {
    return {
      token: object.token,
      write: bytes => object.write(bytes),
      finish: () => {
        this.finishedAt = performance.now()
        return object.finish()
      },
    }
  }
}
