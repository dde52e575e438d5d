/** How long a test waits for an expected event, on a machine with any load. Only a failing test waits that long. */
export const PATIENCE_MS = 120_000
