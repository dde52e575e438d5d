/** What a connection of the library gives its runs: its own id, a dot, a number. */
const RUN_OF_CONNECTION = /^(\d{8}-\d{6}-[a-z2-9]{6})\.\d+$/

/**
 * By what the sessions of a run are known on a server, to people and to other processes. The runs of one connection of
 * the library share its session, and so its mark.
 */
export const sessionMark = (runId: string): string =>
  `batchquery ${RUN_OF_CONNECTION.exec(runId)?.[1] ?? runId}`
