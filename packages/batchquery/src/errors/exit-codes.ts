/** The exit codes of `batchquery` and `batchquery-task`, in the order of `--help` and the documentation. */
export const EXIT_CODES = [
  { code: 0, meaning: 'ok' },
  { code: 1, meaning: 'failed' },
  { code: 2, meaning: 'usage: a wrong command line, parameter, setting or key' },
  { code: 3, meaning: 'not found: task, run, result, bucket, secret or stack' },
  { code: 4, meaning: 'refused: authentication, permission or TLS' },
  { code: 5, meaning: 'conflict: output exists, or another run or process is in the way' },
  { code: 6, meaning: 'verification failed' },
  { code: 7, meaning: 'no capacity' },
  { code: 8, meaning: 'timeout' },
  { code: 130, meaning: 'cancelled (Ctrl-C or cancel)' },
  { code: 143, meaning: 'terminated (SIGTERM)' },
] as const
