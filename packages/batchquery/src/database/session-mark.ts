/** By what the sessions of a run are known on a server, to people and to other processes. */
export const sessionMark = (runId: string): string => `batchquery ${runId}`
