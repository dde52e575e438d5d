/** The ids of the runs of one connection of the library: its own id, a dot, a number. */
const RUN_OF_CONNECTION = /^(\d{8}-\d{6}-[a-z2-9]{6})\.\d+$/

/**
 * The mark of a run's sessions on a server, by which people and other processes find them. The runs of one connection of the library share
 * its session, and so its mark.
 */
export const sessionMark = (runId: string): string =>
  `batchquery ${RUN_OF_CONNECTION.exec(runId)?.[1] ?? runId}`
