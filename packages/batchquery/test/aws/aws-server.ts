import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import * as ec2 from '@aws-sdk/client-ec2'
import * as ecr from '@aws-sdk/client-ecr'
import * as iam from '@aws-sdk/client-iam'
import * as ssm from '@aws-sdk/client-ssm'
import * as sts from '@aws-sdk/client-sts'
import { type Answer, failed } from '../ecs/protocol.ts'
import { shapeFaults } from '../ecs/shapes.ts'
import { Account } from './account.ts'
import { queryInput } from './query-input.ts'
import { xmlOf } from './xml.ts'

type Shape = Parameters<typeof shapeFaults>[0]

/** The shapes of a request and of its answer, by service and action. */
const SHAPES: Readonly<Record<string, readonly [asks: Shape, answers: Shape]>> = {
  'ssm:GetParameter': [ssm.GetParameterRequest$, ssm.GetParameterResult$],
  'ssm:GetParametersByPath': [ssm.GetParametersByPathRequest$, ssm.GetParametersByPathResult$],
  'ecr:DescribeImages': [ecr.DescribeImagesRequest$, ecr.DescribeImagesResponse$],
  'sts:GetCallerIdentity': [sts.GetCallerIdentityRequest$, sts.GetCallerIdentityResponse$],
  'iam:GetRole': [iam.GetRoleRequest$, iam.GetRoleResponse$],
  'iam:SimulatePrincipalPolicy': [iam.SimulatePrincipalPolicyRequest$, iam.SimulatePolicyResponse$],
  'ec2:DescribeSubnets': [ec2.DescribeSubnetsRequest$, ec2.DescribeSubnetsResult$],
  'ec2:DescribeRouteTables': [ec2.DescribeRouteTablesRequest$, ec2.DescribeRouteTablesResult$],
  'ec2:DescribeVpcEndpoints': [ec2.DescribeVpcEndpointsRequest$, ec2.DescribeVpcEndpointsResult$],
  'ec2:DescribeSecurityGroups': [ec2.DescribeSecurityGroupsRequest$, ec2.DescribeSecurityGroupsResult$],
}

/** The signer of a request and its scope: the last three parts are region, service and the end of the scope. */
const SIGNED = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/

/**
 * Systems Manager, ECR, STS, IAM and EC2, as far as batchquery uses them, with their own protocols: JSON 1.1, AWS's
 * query protocol and that of EC2. It checks requests and answers against the SDK's shapes. Its answers come from an
 * `Account`.
 */
export class AwsServer {
  account = new Account()
  /** `ssm:GetParameter`, in order. */
  readonly asked: string[] = []
  readonly #server: Server
  url = ''

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<AwsServer> {
    const server = createServer()
    const aws = new AwsServer(server)
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      aws.#respond(request, response).catch((error: Error) => response.destroy(error))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    aws.url = `http://127.0.0.1:${address.port}`
    return aws
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** The variables by which the SDK finds it. */
  get environment(): NodeJS.ProcessEnv {
    const services = ['SSM', 'ECR', 'STS', 'IAM', 'EC2']
    return Object.fromEntries(services.map(service => [`AWS_ENDPOINT_URL_${service}`, this.url]))
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers } = request
    const [, , region = '', service = ''] = SIGNED.exec(headers.authorization ?? '') ?? []
    const body = await text(request)
    const target = headers['x-amz-target']
    const form = target === undefined ? new URLSearchParams(body) : null
    const action = `${service}:${form?.get('Action') ?? String(target).split('.').at(-1)}`
    const [asks, answers] = SHAPES[action] ?? []
    if (asks === undefined || answers === undefined) throw new Error(`no ${action} here`)
    this.asked.push(action)
    const input = form === null ? JSON.parse(body) : queryInput(asks, form, service === 'ec2')
    const faults = shapeFaults(asks, input)
    const answer =
      faults.length > 0
        ? failed('SerializationException', faults.join('; '))
        : this.account.answer(action, region, input)
    if (form === null) sendJson(response, action, answers, answer)
    else sendXml(response, service, action, answers, answer)
  }
}

function check(action: string, shape: Shape, output: unknown): void {
  const wrong = shapeFaults(shape, JSON.parse(JSON.stringify(output)))
  if (wrong.length > 0) throw new Error(`the answer to ${action} is none of AWS: ${wrong.join('; ')}`)
}

function sendJson(response: ServerResponse, action: string, shape: Shape, answer: Answer): void {
  if (answer.kind === 'lost') return void response.destroy()
  if (answer.kind === 'ok') check(action, shape, answer.output)
  response.writeHead(answer.kind === 'ok' ? 200 : answer.status, {
    'content-type': 'application/x-amz-json-1.1',
  })
  response.end(
    JSON.stringify(answer.kind === 'ok' ? answer.output : { __type: answer.name, ...answer.fields }),
  )
}

function sendXml(
  response: ServerResponse,
  service: string,
  action: string,
  shape: Shape,
  answer: Answer,
): void {
  if (answer.kind === 'lost') return void response.destroy()
  if (answer.kind === 'ok') check(action, shape, answer.output)
  const body = answer.kind === 'ok' ? xmlOf(shape, answer.output) : null
  const name = action.split(':').at(-1)
  response.writeHead(answer.kind === 'ok' ? 200 : answer.status, { 'content-type': 'text/xml' })
  if (answer.kind === 'error') {
    const error = `<Error><Code>${answer.name}</Code><Message>${answer.fields.message}</Message></Error>`
    response.end(
      service === 'ec2'
        ? `<Response><Errors>${error}</Errors><RequestID>r</RequestID></Response>`
        : `<ErrorResponse>${error}<RequestId>r</RequestId></ErrorResponse>`,
    )
  } else if (service === 'ec2')
    response.end(`<${name}Response><requestId>r</requestId>${body}</${name}Response>`)
  else response.end(`<${name}Response><${name}Result>${body}</${name}Result></${name}Response>`)
}
