import type { ObjectAddress, StagedObject, StageToken, Store } from '../../src/store/index.ts'

/** At which operation, counted from 0, and whether it is not begun by then, or done. */
export interface Death {
  readonly operation: number
  readonly when: 'before' | 'after'
}

/**
 * A store that writes down what it is asked for, and kills its process (SIGKILL) at one of these operations.
 *
 * @param operations takes the names of the operations
 */
export function mortal(store: Store, operations: string[], death: Death | null): Store {
  const die = (): boolean => process.kill(process.pid, 'SIGKILL')
  async function at<T>(name: string, operation: () => Promise<T>): Promise<T> {
    const isLast = operations.length === death?.operation
    operations.push(name)
    if (isLast && death?.when === 'before') die()
    const outcome = await operation()
    if (isLast) die()
    return outcome
  }
  return {
    kind: store.kind,
    name: store.name,
    chunkBytes: maxObjectBytes => store.chunkBytes(maxObjectBytes),
    list: (...call) => store.list(...call),
    listStaged: (...call) => store.listStaged(...call),
    async stage(...call): Promise<StagedObject> {
      const object = await at('stage', () => store.stage(...call))
      return {
        token: object.token,
        write: bytes => at('write', () => object.write(bytes)),
        finish: () => at('finish', () => object.finish()),
      }
    },
    inspect: (token, bytes) => at('inspect', () => store.inspect(token, bytes)),
    commit: (...call) => at('commit', () => store.commit(...call)),
    abort: (token: StageToken) => at('abort', () => store.abort(token)),
    create: (address, bytes) => at('create', () => store.create(address, bytes)),
    put: (address, bytes) => at('put', () => store.put(address, bytes)),
    putOver: (...call) => at('put', () => store.putOver(...call)),
    read: (address: ObjectAddress) => at('read', () => store.read(address)),
    open: (address, start) => at('open', () => store.open(address, start)),
    head: (address: ObjectAddress) => at('head', () => store.head(address)),
    delete: (address: ObjectAddress) => at('delete', () => store.delete(address)),
    tidy: bucket => at('tidy', () => store.tidy(bucket)),
    now: bucket => at('now', () => store.now(bucket)),
  }
}
