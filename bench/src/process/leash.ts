/** The file descriptor that a command on a leash holds the other end of. */
export const LEASH = 3

/**
 * A command that ends with us: its shell waits for the end of the pipe at LEASH, which comes when this process ends in
 * whatever way, and then kills the process group, which therefore has to be the command's own (`detached`).
 */
export function onLeash(argv: readonly string[]): readonly [string, ...string[]] {
  const watch = `{ read -r line <&${LEASH}; kill -KILL 0; } > /dev/null 2>&1 & watcher=$!`
  const work = `"$@" ${LEASH}<&- & wait $!; code=$?; kill $watcher; exit $code`
  return ['sh', '-c', `${watch}; ${work}`, 'leash', ...argv]
}
