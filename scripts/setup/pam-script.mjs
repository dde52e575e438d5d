import { access, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runQuietly, say } from './step.mjs'

/**
 * The PAM module through which the test servers check a token as RDS does. It is unpacked but not installed, because
 * its installation would put it into the logins of this machine.
 */
const PACKAGE = 'libpam-script'

/** The folder in which the tests find it, relative to the root of the repository. */
const FOLDER = join('.cache', PACKAGE)

const script = 'scripts/setup/extract-debian-package.sh'

export async function preparePamScript(root) {
  const folder = join(root, FOLDER)
  if (process.platform !== 'linux' || (await exists(folder))) return
  say(`unpacking the Debian package ${PACKAGE} (it is not installed)`)
  await mkdir(dirname(folder), { recursive: true })
  await rm(`${folder}.unpacked`, { recursive: true, force: true })
  await runQuietly({
    command: 'sh',
    args: [script, folder, PACKAGE],
    cwd: root,
    what: `unpacking ${PACKAGE}`,
    byHand: `sh ${script} ${FOLDER} ${PACKAGE}`,
  })
}

const exists = path =>
  access(path).then(
    () => true,
    () => false,
  )
