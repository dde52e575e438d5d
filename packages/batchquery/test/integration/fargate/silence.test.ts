import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { AwsFailure } from '../../../src/aws/index.ts'
import { clientSettings, resultOrFailure } from '../../../src/engine/fargate/clients.ts'
import { kindOf } from '../../../src/engine/fargate/ecs-errors.ts'
import { LogsCommands } from '../../../src/engine/fargate/logs-commands.ts'

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null

test('an endpoint that takes a request and says nothing is not waited for without end', async () => {
  const mute = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1')
  onTestFinished(() => void mute.close())
  await once(mute, 'listening')
  const address = mute.address()
  if (!isAddress(address)) throw new Error('no port')
  const logs = new LogsCommands({
    ...(await clientSettings('us-east-1')),
    endpoint: `http://127.0.0.1:${address.port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
  onTestFinished(() => logs.destroy())
  const answer = await resultOrFailure(() => logs.getLogEvents({ logStreamName: 's' }))
  expect(answer).toBeInstanceOf(AwsFailure)
  expect(answer instanceof AwsFailure && kindOf(answer)).toBe('unsure')
})
