/** How long a test waits for what has to come, on a machine of any load. Only a test that fails waits that long. */
export const PATIENCE_MS = 120_000
