import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'

const ROOT = join(import.meta.dirname, '../../../..')
const WORKFLOW = join(ROOT, '.github/workflows/release.yml')
const NAMES = ['batchquery', 'batchquery-cdk'] as const

interface Step {
  readonly name?: string
  readonly env?: Readonly<Record<string, string>>
  readonly run?: string
}

/** A copy of the manifests, in which a step of the workflow runs as GitHub would run it. */
class Release {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async create(): Promise<Release> {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-release-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    for (const path of ['.', ...NAMES.map(name => `packages/${name}`), 'bench']) {
      await mkdir(join(folder, path), { recursive: true })
      await cp(join(ROOT, path, 'package.json'), join(folder, path, 'package.json'))
    }
    return new Release(folder)
  }

  async step(name: string, github: Readonly<Record<string, string>>): Promise<{ exitCode?: number }> {
    const { jobs }: { jobs: { packages: { steps: Step[] } } } = parse(await readFile(WORKFLOW, 'utf8'))
    const step = jobs.packages.steps.find(step => step.name === name)
    if (step?.run === undefined) throw new Error(`the workflow has no step "${name}"`)
    const env = Object.entries(step.env ?? {}).map(([variable, value]) => [
      variable,
      value.replaceAll(/\$\{\{ github\.(\w+) \}\}/g, (_, property) => github[property] ?? ''),
    ])
    const options = { cwd: this.#folder, env: Object.fromEntries(env), reject: false }
    return execa('bash', ['-e', '-c', step.run], options)
  }

  async manifest(name: (typeof NAMES)[number]) {
    return JSON.parse(await readFile(join(this.#folder, 'packages', name, 'package.json'), 'utf8'))
  }

  /** npm corrects a manifest that it would otherwise change while it publishes. */
  async fix(): Promise<void> {
    await execa('npm', ['pkg', 'fix', ...NAMES.map(name => `--workspace=${name}`)], { cwd: this.#folder })
  }
}

test('a release names its own repository in both packages', async () => {
  const release = await Release.create()
  const github = { server_url: 'https://git.example', repository: 'owner/project' }
  expect(await release.step('Name this repository in the packages', github)).toMatchObject({ exitCode: 0 })
  for (const name of NAMES) {
    const manifest = await release.manifest(name)
    expect(manifest).toMatchObject({
      repository: {
        type: 'git',
        url: 'git+https://git.example/owner/project.git',
        directory: `packages/${name}`,
      },
      bugs: { url: 'https://git.example/owner/project/issues' },
      homepage: `https://git.example/owner/project/tree/HEAD/packages/${name}#readme`,
    })
    await release.fix()
    expect(await release.manifest(name)).toEqual(manifest)
  }
})

test('a release fails when its tag is not the version of the packages', async () => {
  const release = await Release.create()
  const { version } = await release.manifest('batchquery')
  const step = (tag: string) => release.step('Compare the tag with the versions', { ref_name: tag })
  expect(await step(`v${version}`)).toMatchObject({ exitCode: 0 })
  expect(await step('v0.0.9')).toMatchObject({ exitCode: 1 })
})
