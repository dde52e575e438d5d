import { expect, test } from 'vitest'
import { DEFAULT_VERSIONS } from '../../../../batchquery-cdk/src/rules/engine-version.ts'
import { retirement } from '../../../src/doctor/aws/engine-versions.ts'

const at = (engine: 'aurora-mysql' | 'aurora-postgres', engineVersion: string, day: string) =>
  retirement('main', { engine, engineVersion }, new Date(`${day}T00:00:00Z`))

test('retirement warns half a year before the support of a version ends, and from then on', () => {
  expect(at('aurora-mysql', '3.10.1', '2027-10-01')).toBeNull()
  expect(at('aurora-mysql', '3.10.1', '2027-12-01')).toMatch(
    /aurora-mysql 3\.10\.1 \(database main\) ends on 2028-04-30/,
  )
  expect(at('aurora-mysql', '3.10.1', '2028-05-01')).toContain('may have ended on 2028-04-30')
  // The date of the minor version precedes that of its major version.
  expect(at('aurora-postgres', '17.5', '2026-06-01')).toContain('ends on 2026-08-31')
  expect(at('aurora-postgres', '17.7', '2026-06-01')).toBeNull()
  expect(at('aurora-postgres', '99.1', '2026-06-01')).toBeNull()
})

test('retirement knows the default versions of batchquery-cdk', () => {
  for (const [dialect, version] of Object.entries(DEFAULT_VERSIONS))
    expect(at(dialect === 'mysql' ? 'aurora-mysql' : 'aurora-postgres', version, '2099-01-01')).not.toBeNull()
})
