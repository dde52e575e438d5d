import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { inject, onTestFinished } from 'vitest'
import { nodeProgram } from '../../../../scripts/setup/nodes.mjs'
import type { PackageName } from './global-setup.ts'

const ROOT = join(import.meta.dirname, '../../../..')

/** Every version of Node that the packages support. */
export const NODES = [20, 22, 24] as const

/** A package that npm has installed from its tarball into an empty folder, with one version of Node. */
export class Installation {
  /** The folder of the project that uses the package. */
  readonly folder: string
  readonly #name: PackageName
  /** Its first folder has `node`. */
  readonly #path: string

  private constructor(folder: string, name: PackageName, path: string) {
    this.folder = folder
    this.#name = name
    this.#path = path
  }

  static async create(name: PackageName, node: (typeof NODES)[number]): Promise<Installation> {
    const base = await mkdtemp(join(tmpdir(), 'batchquery-installed-'))
    onTestFinished(() => rm(base, { recursive: true, force: true }))
    const programs = join(base, 'programs')
    const folder = join(base, 'project')
    await mkdir(programs)
    await mkdir(folder)
    const isThisNode = process.version.startsWith(`v${node}.`)
    await symlink(isThisNode ? process.execPath : nodeProgram(ROOT, node), join(programs, 'node'))
    const path = [programs, process.env.PATH].join(delimiter)
    const args = ['install', '--prefix', folder, '--prefer-offline', '--no-audit', '--no-fund']
    // With the variables of this process, which may say how npm reaches its registry and its cache.
    await execa('npm', [...args, inject('tarballs')[name]], { cwd: folder, env: { PATH: path } })
    return new Installation(folder, name, path)
  }

  /** Runs a command line in the folder. @returns its output */
  async shell(commands: string): Promise<string> {
    const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: this.folder,
      extendEnv: false,
      env: {
        PATH: [join(this.folder, 'node_modules/.bin'), this.#path].join(delimiter),
        HOME: this.folder,
      },
    })
    return stdout
  }

  /** Runs a program that imports the package. @returns its output */
  async run(program: string): Promise<string> {
    await this.write('program.mjs', program)
    return this.shell('node program.mjs')
  }

  /** Compiles a program against the types in the package, with every check. */
  async compile(program: string): Promise<void> {
    await this.write('program.mts', program)
    const options = {
      ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2023' },
      ...{ lib: ['es2023', 'esnext.disposable'], types: ['node'] },
      typeRoots: [join(ROOT, 'node_modules/@types')],
    }
    await this.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['program.mts'] }))
    await execa(join(ROOT, 'node_modules/.bin/tsc'), ['-p', this.folder])
  }

  /** A file of the installed package. */
  read(path: string): Promise<string> {
    return readFile(join(this.folder, 'node_modules', this.#name, path), 'utf8')
  }

  write(path: string, content: string): Promise<void> {
    return writeFile(join(this.folder, path), content)
  }
}
