import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The licenses that allow redistribution in a bundle, together with their text. */
const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD']

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i
const RULE = '-'.repeat(80)

/**
 * The licenses of the packages in a bundle: their names and versions, each text once.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @param {string} base the base of its paths
 * @throws if a package has another license
 */
export async function thirdPartyNotices(metafiles, base) {
  const packages = await Promise.all(bundledPackages(metafiles).map(path => readPackage(join(base, path))))
  const texts = [...new Set(packages.map(({ text }) => text))]
  const sections = texts.map(text => {
    const names = packages.filter(one => one.text === text).map(one => one.title)
    return [RULE, ...names, '', text].join('\n')
  })
  return `The programs in this folder contain these packages:\n\n${sections.join('\n\n')}\n`
}

/** The folders of the packages in outputs, by name. */
function bundledPackages(metafiles) {
  const outputs = metafiles.flatMap(metafile => Object.values(metafile.outputs))
  const inputs = outputs.flatMap(output => Object.entries(output.inputs))
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])
  return [...new Set(folders)].sort()
}

async function readPackage(folder) {
  const { name, version, license, author } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  if (!LICENCES.includes(license))
    throw new Error(`${name} has the license ${license}: check whether it may be bundled, then add it`)
  const files = (await readdir(folder)).filter(file => LICENCE_FILE.test(file)).sort()
  const texts = await Promise.all(files.map(file => readFile(join(folder, file), 'utf8')))
  const holder = author?.name ?? author ?? `the authors of ${name}`
  return {
    title: `${name} ${version}`,
    text:
      texts.length === 0
        ? `Copyright ${holder}. Licence: https://spdx.org/licenses/${license}.html`
        : texts.map(text => text.trim().replaceAll('\r\n', '\n')).join('\n\n'),
  }
}
