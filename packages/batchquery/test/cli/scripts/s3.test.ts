import { expect, onTestFinished, test } from 'vitest'
import {
  adminClient,
  adminCredentials,
  freshBucket,
  makeBucket,
  taskEnvironment,
} from '../../setup/s3-client.ts'
import { documentOf } from '../workspace.ts'
import { ScriptWorkspace } from './script-workspace.ts'

/** The role of a task has rights in one bucket only. */
function ofAdmin(): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = adminCredentials()
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
  }
}

async function dropVersions(bucket: string): Promise<void> {
  const s3 = adminClient()
  const { Versions: versions = [] } = await s3.listObjectVersions({ Bucket: bucket })
  for (const { Key, VersionId } of versions) await s3.deleteObject({ Bucket: bucket, Key, VersionId })
  await s3.deleteBucket({ Bucket: bucket })
}

test('a folder and a file run from radosgw, and the record has the VersionId of the file', async () => {
  const bucket = await freshBucket()
  const environment = await taskEnvironment(bucket)
  const here = await ScriptWorkspace.create({
    'f/index.ts': "import { x } from './lib.ts'\nconsole.error(x, process.env.BATCHQUERY_TASK)",
    'f/lib.ts': 'export const x: number = 7',
  })
  await here.workspace.run(['put', 'f'], { environment })
  const folder = await here.run([`s3://${bucket}/script/f/`, '--json'], environment)
  expect(documentOf(folder)).toMatchObject({ state: 'SUCCEEDED', task: { versionId: null } })
  expect(folder.stderr).toContain(`7 s3://${bucket}/script/f/\n`)

  const versioned = await makeBucket()
  onTestFinished(() => dropVersions(versioned))
  const s3 = adminClient()
  await s3.putBucketVersioning({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } })
  const { VersionId } = await s3.putObject({ Bucket: versioned, Key: 'a.sh', Body: 'echo ran' })
  expect(VersionId).toMatch(/./)
  const file = await here.run([`s3://${versioned}/a.sh`, '--json', '--run-id', 'r2'], {
    ...environment,
    ...ofAdmin(),
  })
  expect(documentOf(file)).toMatchObject({ id: 'r2', state: 'SUCCEEDED', task: { versionId: VersionId } })
  await here.expectNothingLeft()
})
