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
    'Generated from the code by `npm run docs`. A code is in run records, in `--json` documents and in the',
    'errors of the library, and is never renamed. Every message shows the actual value; most have their own hint.',
    '',
    'Run again means: repeat the same command. With `--run-id`, the id of a run that has ended is never run again: the',
    'command reports its outcome. A dead run goes on under its id. `batchquery rerun RUN` starts a new run of the same task.',
    'Errors with a yes under retry may pass: `run --retries N` begins the task again after them, in the same run.',
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
