/** The exit codes of `batchquery` and `batchquery-task`, in the order of `--help` and the documentation. */
export const EXIT_CODES = [
  { code: 0, meaning: 'ok' },
  { code: 1, meaning: 'failed' },
  { code: 2, meaning: 'usage: the command line cannot be read' },
  { code: 3, meaning: 'not found: task, run or bucket' },
  { code: 4, meaning: 'authentication, permission or TLS' },
  { code: 5, meaning: 'conflict: output exists, destination or run taken' },
  { code: 6, meaning: 'verification failed' },
  { code: 7, meaning: 'no capacity' },
  { code: 8, meaning: 'timeout' },
  { code: 130, meaning: 'cancelled (Ctrl-C or cancel)' },
  { code: 143, meaning: 'terminated (SIGTERM)' },
] as const
