import { auroraExport } from '../../sql/index.ts'
import { askSession } from '../ask-session.ts'
import type { Session } from '../database.ts'
import type { NativeNeed, NativeWriter } from '../native-export.ts'

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html */
export const AURORA_WRITER: NativeWriter = {
  needs,
  prepare:
    ({ statement, uri }) =>
    async (session, overwrite) => {
      const { affectedRows } = await session.execute(auroraExport(statement, uri, overwrite), 0)
      return { rows: affectedRows ?? 0, files: null, bytes: null }
    },
}

/** The user must have the right or the role to let Aurora write to S3, and the cluster must have a role to write with. */
async function needs(session: Session): Promise<readonly NativeNeed[]> {
  const isVersion2 = session.server.version.startsWith('2.')
  return [
    isVersion2 ? await privilege(session) : await activeRole(session),
    await roleParameter(session, isVersion2),
  ]
}

async function privilege(session: Session): Promise<NativeNeed> {
  const grants = await column(session, 'SHOW GRANTS')
  return {
    what: 'the right SELECT INTO S3',
    isMet: grants.some(grant => /\bSELECT INTO S3\b|^GRANT ALL PRIVILEGES ON \*\.\*/i.test(grant)),
    repair: 'GRANT SELECT INTO S3 ON *.* TO the user.',
  }
}

async function activeRole(session: Session): Promise<NativeNeed> {
  const isActive = async (): Promise<boolean> =>
    (await column(session, 'SELECT CURRENT_ROLE()')).some(roles => roles.includes('AWS_SELECT_S3_ACCESS'))
  const what = 'the role AWS_SELECT_S3_ACCESS'
  const repair =
    'GRANT AWS_SELECT_S3_ACCESS TO the user, and SET DEFAULT ROLE AWS_SELECT_S3_ACCESS TO the user.'
  if (await isActive()) return { what, isMet: true, repair }
  const isGranted = (await column(session, 'SHOW GRANTS')).some(grant =>
    grant.includes('AWS_SELECT_S3_ACCESS'),
  )
  if (!isGranted) return { what, isMet: false, repair }
  await session.execute('SET ROLE ALL', 0)
  return { what, isMet: await isActive(), repair }
}

async function roleParameter(session: Session, isVersion2: boolean): Promise<NativeNeed> {
  const names = isVersion2 ? ['aurora_select_into_s3_role', 'aws_default_s3_role'] : ['aws_default_s3_role']
  const rows = await askSession(
    session,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names.map(name => `'${name}'`).join(', ')})`,
  )
  return {
    what: `the cluster parameter ${names.join(' or ')}`,
    // A server that does not list the parameter may still have the role.
    isMet: rows.length === 0 || rows.some(([, value]) => value !== null && value !== ''),
    repair: `Set ${names.at(-1)} to the ARN of a role that can write to the bucket, and associate the role with the cluster.`,
  }
}

async function column(session: Session, sql: string): Promise<string[]> {
  return (await askSession(session, sql)).map(([value]) => value ?? '')
}
