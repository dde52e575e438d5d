/**
 * A store that writes down what it is asked for, and kills its process at one of these operations: before it is begun,
 * or when it is done.
 *
 * @param {object} store
 * @param {string[]} operations takes the names of the operations
 * @param {{ operation: number, when: 'before' | 'after' } | null} kill counted from 0
 */
export function mortal(store, operations, kill) {
  const die = () => process.kill(process.pid, 'SIGKILL')
  const counted = async (name, operation) => {
    const isLast = kill !== null && operations.length === kill.operation
    operations.push(name)
    if (isLast && kill.when === 'before') die()
    const outcome = await operation()
    if (isLast) die()
    return outcome
  }
  const watched = target =>
    new Proxy(target, {
      get(_, name) {
        const member = target[name]
        if (typeof member !== 'function') return member
        if (name === 'list' || name === 'chunkBytes') return (...args) => member.apply(target, args)
        return (...args) => {
          const done = counted(String(name), () => member.apply(target, args))
          return name === 'stage' ? done.then(watched) : done
        }
      },
    })
  return watched(store)
}
