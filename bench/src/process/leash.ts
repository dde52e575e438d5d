/** The file descriptor that connects a command to its leash. */
export const LEASH = 3

/**
 * A command that ends with this process. Its shell waits for the end of the pipe at LEASH, which comes when this
 * process ends, however it ends, and then kills the process group. So the command must have its own group
 * (`detached`).
 */
export function onLeash(argv: readonly string[]): readonly [string, ...string[]] {
  const watch = `{ read -r line <&${LEASH}; kill -KILL 0; } > /dev/null 2>&1 & watcher=$!`
  const work = `"$@" ${LEASH}<&- & wait $!; code=$?; kill $watcher; exit $code`
  return ['sh', '-c', `${watch}; ${work}`, 'leash', ...argv]
}
