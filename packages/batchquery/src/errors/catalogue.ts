/**
 * Every error code of batchquery. A code is API: it is in run records, `--json` documents and scripts that check it, so its name never
 * changes. `exit` is the exit code of the command line and the runner (see exit-codes.ts). `retryable` says whether the same
 * call may succeed later if nothing else changes.
 */
export interface CatalogueEntry {
  readonly exit: number
  readonly retryable: boolean
  /** What happened: one or two sentences, with the typical cases. */
  readonly meaning: string
  /** What to do, in the imperative, if the error itself has no better hint. */
  readonly next: string
}

export const CATALOGUE = {
  INTERNAL: {
    exit: 1,
    retryable: false,
    meaning: 'batchquery has a defect.',
    next: 'Run the command again with -v, and report what it prints.',
  },
  USAGE: {
    exit: 2,
    retryable: false,
    meaning:
      'The command line, or a call of the library, is wrong: an unknown option, a value that batchquery cannot read, or options that do not fit together.',
    next: 'Correct the value in the message. `batchquery COMMAND --help` lists the options.',
  },
  CONFIG: {
    exit: 2,
    retryable: false,
    meaning:
      'A setting is wrong: in batchquery.yaml, in an environment variable, in the URL of a database, or in the stack.',
    next: 'Correct the setting that the message names. `batchquery doctor` checks all of them.',
  },
  MISSING_PARAMETER: {
    exit: 2,
    retryable: false,
    meaning: 'The run has no value for a parameter of the task.',
    next: 'Pass the value with `-p NAME=VALUE`, or write a default into the task.',
  },

  SQL_SYNTAX: {
    exit: 1,
    retryable: false,
    meaning:
      'batchquery cannot parse the task or its export clause. The message names the line and column, what batchquery expected there, and what it found.',
    next: 'Correct the statement at that place.',
  },
  UNSUPPORTED_CLAUSE: {
    exit: 1,
    retryable: false,
    meaning: 'The export clause asks for something that this database, store or format cannot do.',
    next: 'Remove the clause, or use a database, store or format that supports it.',
  },
  QUERY_FAILED: {
    exit: 1,
    retryable: false,
    meaning:
      "The database refused a statement, or ended it early. The message has the server's text and error number, and the line of the statement.",
    next: 'Correct the statement or its data, then run again.',
  },
  ROWS_MISSING: {
    exit: 1,
    retryable: false,
    meaning: 'The server returned a result as complete, but warned that rows are missing from it.',
    next: 'Remove the limit that the warning names, for instance LIMIT ROWS EXAMINED. Then run again.',
  },
  TOO_MANY_ROWS: {
    exit: 1,
    retryable: false,
    meaning: 'A result has more rows than the library may keep in memory (`maxRows`).',
    next: 'Read the rows with `stream`, write them with `export`, or raise `maxRows`.',
  },

  TASK_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'The task does not exist at this bucket and key, or at this path.',
    next: 'Check the bucket and the key. Upload the task with `batchquery put FILE`.',
  },
  TASK_INVALID: {
    exit: 1,
    retryable: false,
    meaning: 'The task is empty, batchquery cannot read it, or no runtime exists for its type.',
    next: 'Correct the file that the message names. A task is a file of SQL or a script.',
  },
  TASK_CHANGED: {
    exit: 5,
    retryable: false,
    meaning: 'The task differs from the pinned one, because it changed after the run was submitted.',
    next: 'Review the task. If the change is right, start a new run with `batchquery run`.',
  },
  INTERPRETER_MISSING: {
    exit: 1,
    retryable: false,
    meaning: 'The program that runs the script is not installed where the run executes.',
    next: 'Install the program, or use the image variant that the hint names.',
  },
  SCRIPT_EXIT: {
    exit: 1,
    retryable: false,
    meaning:
      'The script of the task ended with an exit code other than 0, or before its export had ended. batchquery passes on the exit code of the script.',
    next: 'Read the log of the run with `batchquery logs RUN`.',
  },

  RUN_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'No run with this id exists in the home bucket.',
    next: 'List the runs with `batchquery ls`. Check --bucket and --store.',
  },
  RUN_CONFLICT: {
    exit: 5,
    retryable: false,
    meaning: 'A run with this id exists, but with another task or other parameters.',
    next: 'Choose another run id, or let batchquery choose one.',
  },
  RUN_CLAIMED: {
    exit: 5,
    retryable: false,
    meaning: 'Another runner owns this run.',
    next: 'Wait until the run has ended. `batchquery show RUN` shows its owner.',
  },
  RUN_RECORD_INVALID: {
    exit: 1,
    retryable: false,
    meaning:
      'batchquery cannot read an object of a run in the store: another program edited it, or a newer batchquery wrote it.',
    next: 'Restore the object, install the newer batchquery, or delete the run.',
  },
  RUNNER_LOST: {
    exit: 1,
    retryable: true,
    meaning:
      'The runner ended before its run, without an error: it was killed, ran out of memory, or lost its machine.',
    next: 'If the run has not ended, run its id again, or use `batchquery reap`. If it has, start a new run with `batchquery rerun RUN`.',
  },

  AUTHENTICATION: {
    exit: 4,
    retryable: false,
    meaning: 'A database, a store or AWS refused the login.',
    next: 'Check the user, and check the password, token or credentials.',
  },
  PERMISSION: {
    exit: 4,
    retryable: false,
    meaning: 'The database, the store or AWS denies a right that the task needs.',
    next: 'Grant the right that the message names, or use a user or role that has it.',
  },
  SECRET_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'The secret does not exist in Secrets Manager, or is marked for deletion.',
    next: 'Check the ARN, its account and its region.',
  },
  SECRETS_UNREACHABLE: {
    exit: 1,
    retryable: true,
    meaning: 'Secrets Manager did not answer.',
    next: 'Check the network: a private subnet needs an endpoint for Secrets Manager, or NAT. Then run again.',
  },
  INSECURE: {
    exit: 4,
    retryable: false,
    meaning: 'batchquery refused to send a secret without verified TLS.',
    next: 'Add `sslmode=verify-full` to the URL of the database.',
  },
  TLS: {
    exit: 4,
    retryable: false,
    meaning: 'batchquery could not make a TLS connection, or could not verify the certificate of the server.',
    next: 'Name the certificate authority with `sslrootcert=FILE`, and use the host name of the certificate.',
  },

  DATABASE_UNREACHABLE: {
    exit: 1,
    retryable: true,
    meaning: 'batchquery could not connect to the database.',
    next: 'Check the host, the port and the network, and check that the server is running. Then run again.',
  },
  DATABASE_LOST: {
    exit: 1,
    retryable: true,
    meaning: 'The connection to the database broke during the run.',
    next: 'Look in the server log for a restart, a KILL or a timeout. Then run again.',
  },
  DATABASE_LOCKED: {
    exit: 5,
    retryable: true,
    meaning: 'Another process has the file of the embedded database open.',
    next: 'Wait until the other process closes the file, or stop that process. Then run again.',
  },

  OUTPUT_EXISTS: {
    exit: 5,
    retryable: false,
    meaning: 'The destination already has a result, and OVERWRITE is OFF.',
    next: 'Add OVERWRITE ON to replace the result, or choose another prefix.',
  },
  OUTPUT_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'The run has not published the export that the command asks for.',
    next: 'List what the run published with `batchquery show RUN`.',
  },
  DESTINATION_LOCKED: {
    exit: 5,
    retryable: true,
    meaning: 'Another run is publishing to this destination, or another export of the same task is.',
    next: 'Wait for the run that the message names. If it is dead, run its id again, or use `batchquery reap`.',
  },
  SCHEDULE_OVERLAP: {
    exit: 5,
    retryable: true,
    meaning: 'An earlier run of the same schedule has not ended, so this run did nothing.',
    next: 'Wait for the next run of the schedule. To run the task sooner, use `batchquery rerun RUN` when the earlier run has ended.',
  },
  VERIFICATION: {
    exit: 6,
    retryable: false,
    meaning: 'The objects in the store differ from what the run wrote.',
    next: 'Find the program that changes them. Then start a new run with `batchquery rerun RUN`.',
  },

  BUCKET_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'The bucket does not exist.',
    next: 'Check the name of the bucket and the account, or create the bucket.',
  },
  KEY_INVALID: {
    exit: 2,
    retryable: false,
    meaning: 'The store does not allow an object with this name. The message says why.',
    next: 'Choose another key.',
  },
  STORE_FULL: {
    exit: 1,
    retryable: true,
    meaning: 'The store has no free space, or reached its quota.',
    next: 'Make room in the store, then run again.',
  },
  STORE_UNREACHABLE: {
    exit: 1,
    retryable: true,
    meaning: 'The store did not answer.',
    next: 'Check the endpoint, the network and the proxy settings. Then run again.',
  },
  STORE_FAILED: {
    exit: 1,
    retryable: true,
    meaning: 'The store answered, but could not complete the operation.',
    next: 'Read the cause in the message. Then run again.',
  },

  STACK_NOT_FOUND: {
    exit: 3,
    retryable: false,
    meaning: 'The region has no batchquery stack with this name, or none at all.',
    next: 'Name the stack with --stack and its region with AWS_REGION, or deploy one with `npx batchquery-cdk deploy`.',
  },
  ENGINE_FAILED: {
    exit: 1,
    retryable: true,
    meaning:
      "The engine (docker, podman or ECS) could not start a runner, or did not answer. The message has the engine's text.",
    next: 'Follow the hint, then run again.',
  },
  NO_CAPACITY: {
    exit: 7,
    retryable: true,
    meaning: 'The engine had no room to start the task.',
    next: 'Run again later, or use another engine, size or availability zone.',
  },
  TIMEOUT: {
    exit: 8,
    retryable: false,
    meaning: 'The run took longer than its timeout.',
    next: 'Raise the timeout (`batchquery rerun RUN --timeout 4h`), or make the query cheaper.',
  },
  CANCELLED: {
    exit: 130,
    retryable: false,
    meaning: 'A user cancelled the run or the command, with Ctrl-C or `batchquery cancel`.',
    next: 'Do nothing, or start a new run with `batchquery rerun RUN`.',
  },
  TERMINATED: {
    exit: 143,
    retryable: true,
    meaning: 'Another process asked the runner or the command to stop (SIGTERM).',
    next: 'Start a new run with `batchquery rerun RUN`.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof CATALOGUE

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(CATALOGUE, text)
