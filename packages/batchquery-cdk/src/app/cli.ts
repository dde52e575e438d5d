import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ConfigError, readAppConfig } from './config.ts'

const COMMANDS = ['bootstrap', 'deploy', 'diff', 'destroy', 'synth']
const HELP = `batchquery-cdk bootstrap|deploy|diff|destroy|synth [--config batchquery.yaml] [-- OPTION...]

Creates on AWS the stack that \`stack:\` in batchquery.yaml describes. Run bootstrap once for each account and
region: it creates what the AWS CDK needs. Options after -- go to the AWS CDK, as in -- --require-approval never.
`

class UsageError extends Error {}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  if (!(thrown instanceof ConfigError || thrown instanceof UsageError)) throw thrown
  process.stderr.write(`batchquery-cdk: ${thrown.message}\n`)
  process.exitCode = 2
}

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const behind = argv.indexOf('--')
  const own = behind < 0 ? argv : argv.slice(0, behind)
  const passed = behind < 0 ? [] : argv.slice(behind + 1)
  const { values, positionals } = parse(own)
  const [command, ...others] = positionals
  if (values.help || command === undefined) {
    process.stdout.write(HELP)
    return values.help ? 0 : 2
  }
  if (!COMMANDS.includes(command) || others.length > 0)
    throw new UsageError(`write one of ${COMMANDS.join(', ')}; put options for the AWS CDK after --`)
  const path = resolve(values.config)
  // Read here first, because the AWS CDK prints a long report of any error of its program.
  readAppConfig(path)
  return runCdk([command, ...passed], path)
}

/** The same file that batchquery itself reads. */
function defaultConfig(): string {
  return !existsSync('batchquery.yaml') && existsSync('batchquery.yml') ? 'batchquery.yml' : 'batchquery.yaml'
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string', default: defaultConfig() },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/**
 * Runs the AWS CDK of this package, even if another one is installed, because another version may not read what the library
 * writes.
 */
function runCdk(args: readonly string[], config: string): Promise<number> {
  const manifest = createRequire(import.meta.url).resolve('aws-cdk/package.json')
  const cdk = join(dirname(manifest), 'bin', 'cdk')
  // It strips the quotes from a command that begins and ends with one.
  const app = `node ${JSON.stringify(fileURLToPath(new URL('main.js', import.meta.url)))}`
  const child = spawn(process.execPath, [cdk, ...args, '--app', app], {
    stdio: 'inherit',
    env: {
      CDK_DISABLE_CLI_TELEMETRY: '1',
      ...process.env,
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      BATCHQUERY_CDK_CONFIG: config,
    },
  })
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('exit', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
}
