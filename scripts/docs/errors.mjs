// Prints docs/errors.md from the catalogue of the built package: `npm run docs`.
import { CATALOGUE, EXIT_CODES } from '../../packages/batchquery/dist/index.js'

const row = cells => `| ${cells.join(' | ')} |`

export function errorsDocument() {
  const codes = Object.entries(CATALOGUE).map(([code, { exit, retryable, meaning, next }]) =>
    row([`\`${code}\``, exit, retryable ? 'yes' : 'no', meaning, next]),
  )
  return [
    '# Errors',
    '',
    '`npm run docs` generates this page from the code. Run records, `--json` documents and the errors of the library have',
    'these codes. A code is never renamed. Every message shows the actual value, and most errors have a hint of their own.',
    '',
    '"Run again" means: repeat the same command. With `--run-id`, a run that has ended does not run again: the command',
    'reports how it ended. A dead run continues under its id. `batchquery rerun RUN` starts a new run of the same task.',
    'An error with a yes under retry may pass: with `run --retries N`, the runner starts the task again, in the same run.',
    '',
    row(['code', 'exit', 'retry', 'meaning', 'next step']),
    row(['---', '---', '---', '---', '---']),
    ...codes,
    '',
    '## Exit codes',
    '',
    row(['exit', 'meaning']),
    row(['---', '---']),
    ...EXIT_CODES.map(({ code, meaning }) => row([code, meaning])),
    '',
  ].join('\n')
}

if (process.argv[1] === import.meta.filename) process.stdout.write(errorsDocument())
