import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import { promisify } from 'node:util'
import type { BenchRecord } from './record.ts'

const run = promisify(execFile)

/** @param folder the folder that clients write to */
export async function describeMachine(folder: string): Promise<BenchRecord['machine']> {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${await distribution()}, ${type()} ${release()} ${arch()}`,
    filesystem: await lastWord('df', '--output=fstype', folder),
    loadBefore: loadavg()[0] ?? 0,
  }
}

/** The versions of the compared programs. */
export async function readVersions(nodes: readonly string[]): Promise<Readonly<Record<string, string>>> {
  return {
    batchquery: versionOf('batchquery'),
    Node: nodes.join(' and '),
    MariaDB: await firstMatch(/\d+\.\d+\.\d+-MariaDB/, 'mariadb', '--version'),
    PostgreSQL: await firstMatch(/\d+\.\d+/, 'psql', '--version'),
    'Ceph (radosgw)': await firstMatch(/\d+\.\d+\.\d+/, 'radosgw', '--version'),
    mydumper: await firstMatch(/\d+\.\d+\.\d+/, 'mydumper', '--version'),
    gzip: await firstMatch(/\d+\.\d+/, 'gzip', '--version'),
    ...Object.fromEntries(PACKAGES.map(name => [`${name} (npm)`, versionOf(name)])),
  }
}

const PACKAGES = ['mysql2', 'mariadb', 'pg', 'pg-copy-streams', '@aws-sdk/lib-storage', '@duckdb/node-api']

const require = createRequire(import.meta.url)

/** Not every package exports its manifest, but every package is in a folder of its name. */
function versionOf(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const { version }: { version: string } = require(`${folder}/${name}/package.json`)
      return version
    } catch {
      // not in this folder
    }
  }
  return 'unknown'
}

async function distribution(): Promise<string> {
  const text = await output('sh', '-c', '. /etc/os-release && echo "$PRETTY_NAME"')
  return text.trim() || 'unknown'
}

async function firstMatch(pattern: RegExp, program: string, ...args: string[]): Promise<string> {
  return pattern.exec(await output(program, ...args))?.[0] ?? 'unknown'
}

async function lastWord(program: string, ...args: string[]): Promise<string> {
  return (await output(program, ...args)).trim().split(/\s+/).at(-1) ?? 'unknown'
}

async function output(program: string, ...args: string[]): Promise<string> {
  return run(program, args).then(
    ({ stdout }) => stdout,
    () => '',
  )
}
