import type { ObjectAddress, StagedObject, StageToken, Store } from '../../src/store/index.ts'

/** The first operation with this name on an object whose key has this end. */
export interface NamedOperation {
  readonly name: string
  readonly key: string
}

/** The operation, by its number from 0 or its name, and whether the process dies before or after it. */
export interface Death {
  readonly operation: number | NamedOperation
  readonly when: 'before' | 'after'
  /** After SIGTERM, which the runner handles, the operation continues. @default - SIGKILL */
  readonly signal?: 'SIGTERM'
}

/**
 * A store that records its operations, and signals its process at one of them.
 *
 * @param operations receives the names of the operations
 */
export function mortal(store: Store, operations: string[], death: Death | null): Store {
  const die = (): boolean => process.kill(process.pid, death?.signal ?? 'SIGKILL')
  let isOver = false
  function isLast(name: string, key: string): boolean {
    if (isOver || death === null) return false
    const { operation } = death
    isOver =
      typeof operation === 'number'
        ? operation === operations.length
        : operation.name === name && key.endsWith(operation.key)
    return isOver
  }
  async function at<T>(name: string, { key }: { key: string }, operation: () => Promise<T>): Promise<T> {
    const isIts = isLast(name, key)
    operations.push(name)
    if (isIts && death?.when === 'before') die()
    const outcome = await operation()
    if (isIts && death?.when === 'after') die()
    return outcome
  }
  return {
    name: store.name,
    capabilities: store.capabilities,
    bucketSettings: store.bucketSettings,
    uriOf: place => store.uriOf(place),
    hasIssued: token => store.hasIssued(token),
    chunkBytes: maxObjectBytes => store.chunkBytes(maxObjectBytes),
    list: (...call) => store.list(...call),
    listStaged: (...call) => store.listStaged(...call),
    async stage(address, ...rest): Promise<StagedObject> {
      const object = await at('stage', address, () => store.stage(address, ...rest))
      return {
        token: object.token,
        write: bytes => at('write', address, () => object.write(bytes)),
        finish: () => at('finish', address, () => object.finish()),
      }
    },
    inspect: (token, bytes) => at('inspect', token, () => store.inspect(token, bytes)),
    commit: (token, ...rest) => at('commit', token, () => store.commit(token, ...rest)),
    abort: (token: StageToken) => at('abort', token, () => store.abort(token)),
    create: (address, bytes) => at('create', address, () => store.create(address, bytes)),
    put: (address, bytes) => at('put', address, () => store.put(address, bytes)),
    putOver: (address, ...rest) => at('put', address, () => store.putOver(address, ...rest)),
    read: (address: ObjectAddress) => at('read', address, () => store.read(address)),
    open: (...call) => at('open', call[0], () => store.open(...call)),
    head: (address: ObjectAddress) => at('head', address, () => store.head(address)),
    delete: (address: ObjectAddress) => at('delete', address, () => store.delete(address)),
    tidy: bucket => at('tidy', { key: '' }, () => store.tidy(bucket)),
    now: bucket => at('now', { key: '' }, () => store.now(bucket)),
  }
}
