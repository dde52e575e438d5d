/**
 * Every error code of batchquery. A code is API: it stands in run records, in `--json` documents and in
 * scripts that look at them, so a code is never renamed.
 *
 * `exit` is the exit code that the command line and the runner end with (see exit-codes.ts); `retryable` says
 * whether the same call may succeed later with nothing changed.
 */
export interface CatalogueEntry {
  readonly exit: number
  readonly retryable: boolean
  readonly meaning: string
}

export const CATALOGUE = {
  INTERNAL: { exit: 1, retryable: false, meaning: 'A defect of batchquery itself.' },
  USAGE: { exit: 2, retryable: false, meaning: 'The command line or a value given to it cannot be read.' },
  CONFIG: { exit: 2, retryable: false, meaning: 'A setting of the environment or of a file cannot be used.' },
  MISSING_PARAMETER: { exit: 2, retryable: false, meaning: 'The task uses a parameter that was not given.' },

  SQL_SYNTAX: { exit: 1, retryable: false, meaning: 'The task or its export clause cannot be parsed.' },
  UNSUPPORTED_CLAUSE: {
    exit: 1,
    retryable: false,
    meaning: 'The export clause asks for something that this database cannot write.',
  },
  QUERY_FAILED: { exit: 1, retryable: false, meaning: 'The database refused or broke off a statement.' },
  ROWS_MISSING: {
    exit: 1,
    retryable: false,
    meaning: 'The server warned that rows are missing from a result that it called complete.',
  },

  TASK_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'No object stands at the bucket and key of the task.',
  },
  TASK_INVALID: {
    exit: 1,
    retryable: false,
    meaning: 'The task is empty, binary, or of a type with no runtime.',
  },
  TASK_CHANGED: { exit: 5, retryable: false, meaning: 'The task is not the one that was pinned.' },
  SCRIPT_EXIT: {
    exit: 1,
    retryable: false,
    meaning: 'The script of the task ended with an exit code of its own.',
  },

  RUN_NOT_FOUND: { exit: 3, retryable: false, meaning: 'No run with this id stands in the home bucket.' },
  RUN_CONFLICT: {
    exit: 5,
    retryable: false,
    meaning: 'The run id belongs to another task or other parameters.',
  },
  RUN_CLAIMED: { exit: 5, retryable: false, meaning: 'Another runner owns this run.' },
  RUN_RECORD_INVALID: { exit: 1, retryable: false, meaning: 'A run record in the store cannot be read.' },
  RUNNER_LOST: { exit: 1, retryable: true, meaning: 'The runner ended without a word.' },

  AUTHENTICATION: { exit: 4, retryable: false, meaning: 'A login was refused.' },
  PERMISSION: { exit: 4, retryable: false, meaning: 'The database or the store forbids what the task does.' },
  INSECURE: { exit: 4, retryable: false, meaning: 'A secret would have travelled without verified TLS.' },
  TLS: { exit: 4, retryable: false, meaning: 'The TLS connection could not be made or verified.' },

  DATABASE_UNREACHABLE: { exit: 1, retryable: true, meaning: 'No connection to the database could be made.' },
  DATABASE_LOST: { exit: 1, retryable: true, meaning: 'The connection to the database broke.' },
  DATABASE_LOCKED: { exit: 5, retryable: true, meaning: 'Another process holds the embedded database.' },

  OUTPUT_EXISTS: {
    exit: 5,
    retryable: false,
    meaning: 'The destination holds a result and OVERWRITE is OFF.',
  },
  DESTINATION_LOCKED: { exit: 5, retryable: true, meaning: 'Another run is publishing to this destination.' },
  VERIFICATION: { exit: 6, retryable: false, meaning: 'What stands in the store is not what was written.' },

  BUCKET_NOT_FOUND: { exit: 3, retryable: false, meaning: 'The bucket does not exist.' },
  KEY_INVALID: { exit: 2, retryable: false, meaning: 'The store cannot hold an object of this name.' },
  STORE_FULL: { exit: 1, retryable: true, meaning: 'The store has no room left.' },
  STORE_UNREACHABLE: { exit: 1, retryable: true, meaning: 'The store did not answer.' },
  STORE_FAILED: { exit: 1, retryable: true, meaning: 'The store could not do what was asked.' },

  NO_CAPACITY: { exit: 7, retryable: true, meaning: 'The engine had no room to start the task.' },
  TIMEOUT: { exit: 8, retryable: false, meaning: 'The run took longer than its timeout.' },
  CANCELLED: { exit: 130, retryable: false, meaning: 'The run was cancelled.' },
  TERMINATED: { exit: 143, retryable: true, meaning: 'The runner was told to stop (SIGTERM).' },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof CATALOGUE

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(CATALOGUE, text)
