// Prints docs/errors.md from the catalogue of the built package: `npm run docs`.
import { CATALOGUE, EXIT_CODES } from '../../packages/batchquery/dist/index.js'

const SECTIONS = [
  ['The command line and the settings', ['USAGE', 'CONFIG', 'MISSING_PARAMETER']],
  [
    'SQL and its results',
    ['SQL_SYNTAX', 'UNSUPPORTED_CLAUSE', 'QUERY_FAILED', 'ROWS_MISSING', 'TOO_MANY_ROWS'],
  ],
  [
    'Tasks and scripts',
    ['TASK_NOT_FOUND', 'TASK_INVALID', 'TASK_CHANGED', 'INTERPRETER_MISSING', 'SCRIPT_EXIT'],
  ],
  [
    'Runs',
    [
      ...['RUN_NOT_FOUND', 'RUN_CONFLICT', 'RUN_CLAIMED', 'RUN_RECORD_INVALID', 'RUNNER_LOST'],
      ...['SCHEDULE_OVERLAP', 'TIMEOUT', 'CANCELLED', 'TERMINATED'],
    ],
  ],
  [
    'Logins, rights and secrets',
    ['AUTHENTICATION', 'PERMISSION', 'SECRET_NOT_FOUND', 'SECRETS_UNREACHABLE', 'INSECURE', 'TLS'],
  ],
  ['The database', ['DATABASE_UNREACHABLE', 'DATABASE_LOST', 'DATABASE_LOCKED']],
  ['The destination', ['OUTPUT_EXISTS', 'OUTPUT_NOT_FOUND', 'DESTINATION_LOCKED', 'VERIFICATION']],
  ['The store', ['BUCKET_NOT_FOUND', 'KEY_INVALID', 'STORE_FULL', 'STORE_UNREACHABLE', 'STORE_FAILED']],
  ['The engine and AWS', ['STACK_NOT_FOUND', 'ENGINE_FAILED', 'NO_CAPACITY']],
  ['Defects', ['INTERNAL']],
]

export function errorsDocument() {
  return [
    '# Errors',
    '',
    '<!-- Generated from the code by `npm run docs`. -->',
    '',
    'Every error has a code, a message with the actual values, and a hint that says what to do. The code is in run records, in the',
    'documents of `--json`, and in the errors of the library. A code never changes its name.',
    '',
    '**Run again** means: repeat the same command. If you used `--run-id` and that run has ended, the command does not run it again,',
    'but reports its outcome. A dead run continues under its id. To start a new run of the same task, use `batchquery rerun RUN`.',
    '',
    '**Retryable** means: the same command may succeed later, although you change nothing. `run --retries N` starts the task again',
    'after such an error, in the same run.',
    '',
    ...SECTIONS.flatMap(([title, codes]) => [`## ${title}`, '', ...codes.flatMap(section)]),
    ...exitCodes(),
  ].join('\n')
}

function section(code) {
  const { exit, retryable, meaning, next } = CATALOGUE[code]
  return [
    `### ${code}`,
    '',
    `- **What happened:** ${meaning}`,
    `- **What to do:** ${next}`,
    `- Exit code ${exit}, ${retryable ? 'retryable' : 'not retryable'}.`,
    '',
  ]
}

const exitCodes = () => [
  '## Exit codes',
  '',
  '| exit code | meaning |',
  '| --- | --- |',
  ...EXIT_CODES.map(({ code, meaning }) => `| ${code} | ${meaning} |`),
  '',
]

const listed = SECTIONS.flatMap(([, codes]) => codes)
const missing = Object.keys(CATALOGUE).filter(code => !listed.includes(code))
if (missing.length > 0) throw new Error(`name a section of docs/errors.md for ${missing.join(', ')}`)

if (process.argv[1] === import.meta.filename) process.stdout.write(errorsDocument())
