/**
 * Every error code of batchquery. A code is API: it is in run records, in `--json` documents and in scripts that
 * check it, so a code is never renamed.
 *
 * `exit` is the exit code of the command line and the runner (see exit-codes.ts). `retryable` says whether the same
 * call may succeed later if nothing else changes.
 */
export interface CatalogueEntry {
  readonly exit: number
  readonly retryable: boolean
  readonly meaning: string
  /** The next step if the error itself has no better hint. */
  readonly next: string
}

export const CATALOGUE = {
  INTERNAL: {
    exit: 1,
    retryable: false,
    meaning: 'A defect of batchquery itself.',
    next: 'Run again with -v and report what it prints.',
  },
  USAGE: {
    exit: 2,
    retryable: false,
    meaning: 'The command line or a value in it cannot be read.',
    next: '`batchquery COMMAND --help` shows what can be written.',
  },
  CONFIG: {
    exit: 2,
    retryable: false,
    meaning: 'A setting of the environment or of a file cannot be used.',
    next: 'Correct the setting that the message names.',
  },
  MISSING_PARAMETER: {
    exit: 2,
    retryable: false,
    meaning: 'The task uses a parameter that was not given.',
    next: 'Give it with -p NAME=VALUE, or declare a default in the task.',
  },

  SQL_SYNTAX: {
    exit: 1,
    retryable: false,
    meaning: 'The task or its export clause cannot be parsed.',
    next: 'The message names line and column, and what was found and expected there.',
  },
  UNSUPPORTED_CLAUSE: {
    exit: 1,
    retryable: false,
    meaning: 'The export clause asks for something that this database cannot write.',
    next: 'Leave the clause out, or run on a database or store that has it.',
  },
  QUERY_FAILED: {
    exit: 1,
    retryable: false,
    meaning: 'The database refused or broke off a statement.',
    next: 'The message has the text and error number of the server, and the line of the statement.',
  },
  ROWS_MISSING: {
    exit: 1,
    retryable: false,
    meaning: 'The server warned that rows are missing from a result that it called complete.',
    next: 'Remove the limit that the warning names, then run again.',
  },
  TOO_MANY_ROWS: {
    exit: 1,
    retryable: false,
    meaning: 'A result has more rows than the library was allowed to keep in memory.',
    next: 'Read it with `stream`, write it with `export`, or raise `maxRows`.',
  },

  TASK_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'No object exists at the bucket and key of the task.',
    next: 'Check bucket and key; `batchquery put FILE` uploads a task.',
  },
  TASK_INVALID: {
    exit: 1,
    retryable: false,
    meaning: 'The task is empty, cannot be read, or is of a type with no runtime.',
    next: 'Correct what the message names; a task is a file of SQL, or a script.',
  },
  TASK_CHANGED: {
    exit: 5,
    retryable: false,
    meaning: 'The task differs from the pinned one.',
    next: 'Read the task. If the change is right, start a new run with `batchquery run`.',
  },
  INTERPRETER_MISSING: {
    exit: 1,
    retryable: false,
    meaning: 'The program that runs the script is not installed here.',
    next: 'Install it, or use the image variant that the hint names.',
  },
  SCRIPT_EXIT: {
    exit: 1,
    retryable: false,
    meaning: 'The script of the task ended with an exit code of its own.',
    next: 'Read the log of the run; the exit code is that of the script.',
  },

  RUN_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'No run with this id exists in the home bucket.',
    next: '`batchquery ls` lists the runs; check --bucket and --store.',
  },
  RUN_CONFLICT: {
    exit: 5,
    retryable: false,
    meaning: 'The run id belongs to another task or other parameters.',
    next: 'Choose another run id, or leave the id to batchquery.',
  },
  RUN_CLAIMED: {
    exit: 5,
    retryable: false,
    meaning: 'Another runner owns this run.',
    next: '`batchquery show RUN` shows the owner; wait until the run has ended.',
  },
  RUN_RECORD_INVALID: {
    exit: 1,
    retryable: false,
    meaning: 'A run record in the store cannot be read.',
    next: 'It was edited, or a newer batchquery wrote it. Restore it, or delete the run.',
  },
  RUNNER_LOST: {
    exit: 1,
    retryable: true,
    meaning: 'The runner ended without a word.',
    next: 'If the run has not ended, run its id again, or `batchquery reap`. If it has, `batchquery rerun RUN` starts a new one.',
  },

  AUTHENTICATION: {
    exit: 4,
    retryable: false,
    meaning: 'A login was refused.',
    next: 'Check user and password, token or credentials.',
  },
  PERMISSION: {
    exit: 4,
    retryable: false,
    meaning: 'The database or the store forbids what the task does.',
    next: 'Grant the right that the message names, or use a user or role that has it.',
  },
  SECRET_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'Secrets Manager has no such secret, or no longer has it.',
    next: 'Check the ARN, its account and its region.',
  },
  SECRETS_UNREACHABLE: {
    exit: 1,
    retryable: true,
    meaning: 'Secrets Manager did not answer.',
    next: 'Check the network: a private subnet needs an endpoint for it, or NAT. Then try again.',
  },
  INSECURE: {
    exit: 4,
    retryable: false,
    meaning: 'A secret would have travelled without verified TLS.',
    next: 'Use sslmode=verify-full.',
  },
  TLS: {
    exit: 4,
    retryable: false,
    meaning: 'The TLS connection could not be made or verified.',
    next: 'Name the certificate authority with sslrootcert=FILE, and the host name of the certificate.',
  },

  DATABASE_UNREACHABLE: {
    exit: 1,
    retryable: true,
    meaning: 'No connection to the database could be made.',
    next: 'Check host, port, network and that the server runs; then try again.',
  },
  DATABASE_LOST: {
    exit: 1,
    retryable: true,
    meaning: 'The connection to the database broke.',
    next: 'Look into the server log for a restart, a KILL or a timeout; then run again.',
  },
  DATABASE_LOCKED: {
    exit: 5,
    retryable: true,
    meaning: 'Another process has the embedded database open.',
    next: 'Wait until the other process has closed the file, or stop it.',
  },

  OUTPUT_EXISTS: {
    exit: 5,
    retryable: false,
    meaning: 'The destination has a result and OVERWRITE is OFF.',
    next: 'Add OVERWRITE ON to replace the result, or choose another prefix.',
  },
  OUTPUT_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'The run has published no such result.',
    next: '`batchquery show RUN` lists what the run published.',
  },
  DESTINATION_LOCKED: {
    exit: 5,
    retryable: true,
    meaning: 'Another run is publishing to this destination.',
    next: 'Wait for the run that the message names. If it is dead, run its id again or `batchquery reap`.',
  },
  SCHEDULE_OVERLAP: {
    exit: 5,
    retryable: true,
    meaning: 'An earlier run of the same schedule has not ended.',
    next: 'Nothing, if the next run comes soon enough. Else `batchquery rerun RUN` when the earlier run has ended.',
  },
  VERIFICATION: {
    exit: 6,
    retryable: false,
    meaning: 'The objects in the store differ from what was written.',
    next: 'Find out what else writes there; then run again.',
  },

  BUCKET_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'The bucket does not exist.',
    next: 'Check the name of the bucket and the account.',
  },
  KEY_INVALID: {
    exit: 2,
    retryable: false,
    meaning: 'The store does not allow an object with this name.',
    next: 'Choose another key; the message says what is wrong with this one.',
  },
  STORE_FULL: {
    exit: 1,
    retryable: true,
    meaning: 'The store has no room left.',
    next: 'Make room, then run again.',
  },
  STORE_UNREACHABLE: {
    exit: 1,
    retryable: true,
    meaning: 'The store did not answer.',
    next: 'Check endpoint, network and credentials; then try again.',
  },
  STORE_FAILED: {
    exit: 1,
    retryable: true,
    meaning: 'The store could not do what was asked.',
    next: 'Read the cause in the message; then try again.',
  },

  STACK_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'AWS has no such stack of batchquery in this region.',
    next: 'Name the stack with --stack, its region with AWS_REGION, or deploy one: npx batchquery-cdk deploy.',
  },
  ENGINE_FAILED: {
    exit: 1,
    retryable: true,
    meaning: 'The engine could not start a runner, or did not answer.',
    next: 'The message has the text of the engine; the hint says what to check.',
  },
  NO_CAPACITY: {
    exit: 7,
    retryable: true,
    meaning: 'The engine had no room to start the task.',
    next: 'Try again later, or elsewhere.',
  },
  TIMEOUT: {
    exit: 8,
    retryable: false,
    meaning: 'The run took longer than its timeout.',
    next: 'Give it more time, `batchquery rerun RUN --timeout 4h`, or make the query cheaper.',
  },
  CANCELLED: {
    exit: 130,
    retryable: false,
    meaning: 'The run was cancelled.',
    next: 'Nothing. It was cancelled on request.',
  },
  TERMINATED: {
    exit: 143,
    retryable: true,
    meaning: 'The runner was asked to stop (SIGTERM).',
    next: '`batchquery rerun RUN` starts a new run.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof CATALOGUE

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(CATALOGUE, text)
