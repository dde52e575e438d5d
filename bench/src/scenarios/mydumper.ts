import { join } from 'node:path'
import { expectWhole } from './checks.ts'
import { ofProcess } from './measurement.ts'
import { type Scenario, TABLES } from './scenario.ts'

/**
 * mydumper with one thread, because there is one query. It writes INSERT statements, because the version of Debian 12
 * has no other format. The address replaces localhost, which it would take for a socket. The certificate names both.
 */
export const mydumperScenario: Scenario = {
  id: 'mysql/mydumper',
  title: '`mydumper`, 1 thread, as SQL',
  family: 'mysql',
  share: 'every round',
  node: null,
  subjects: TABLES,
  programs: ['mydumper'],
  run: (bench, subject) =>
    bench.withPath(async folder => {
      const { host, port, user, database, caFile } = bench.servers.mariadb
      const server = [`--host=${host}`, `--port=${port}`, `--user=${user}`, '--ssl', `--ca=${caFile}`]
      const what = [`--database=${database}`, `--tables-list=${subject.table}`, '--no-schemas', '--no-locks']
      const argv = ['mydumper', ...server, ...what, '--threads=1', '--verbose=1', `--outputdir=${folder}`]
      const usage = await bench.measure({ argv })
      const file = join(folder, `${database}.${subject.table}.sql`)
      await expectWhole(bench, 'mydumper', file, subject, false)
      return ofProcess(usage)
    }),
}
