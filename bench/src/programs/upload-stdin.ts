// Uploads stdin to an object of S3 with the SDK's managed upload: the second half of "client | upload".
import { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { readArguments } from './arguments.ts'

const { bucket, key } = readArguments('bucket', 'key')
const client = new S3Client({ forcePathStyle: true })
await new Upload({ client, params: { Bucket: bucket, Key: key, Body: process.stdin } }).done()
client.destroy()
