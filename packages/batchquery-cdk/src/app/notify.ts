import type { Construct } from 'constructs'
import * as v from 'valibot'
import type { BatchQueryReceiver } from '../construct/props.ts'
import { secretOf } from './secret.ts'

const REFERENCE = /^secret:(arn:aws[\w-]*:secretsmanager:[^#\s]+)(?:#(.+))?$/
const VISIBLE =
  'every user who may read the task definition would see the address: keep it in Secrets Manager, and write secret:ARN or secret:ARN#KEY'

const reference = v.optional(v.pipe(v.string(VISIBLE), v.regex(REFERENCE, VISIBLE)))
const receiver = v.pipe(
  v.looseObject({ slack: reference, url: reference, on: v.optional(v.picklist(['ended', 'failed'])) }),
  v.check(
    value => !('command' in value),
    'command works only with the engine local: a container does not have the program',
  ),
  v.check(
    ({ slack, url, on: _, ...others }) =>
      (slack === undefined) !== (url === undefined) && Object.keys(others).length === 0,
    'expected { slack: secret:ARN } or { url: secret:ARN }, each with on: failed or on: ended',
  ),
)

/** `notify:` of a batchquery.yaml, which the command line reads too. No variables are replaced here. */
export const notifySchema = v.lazy(input => (Array.isArray(input) ? v.array(receiver) : receiver))

type NotifyConfig = v.InferOutput<typeof receiver>

/** The receivers of the file. */
export const receiversOf = (
  scope: Construct,
  notify: NotifyConfig | readonly NotifyConfig[],
): BatchQueryReceiver[] =>
  [notify].flat().map(({ slack, url, on }, at) => {
    const [, arn = '', key] = REFERENCE.exec(slack ?? url ?? '') ?? []
    return {
      kind: slack === undefined ? 'url' : 'slack',
      secret: secretOf(scope, `NotifySecret-${at + 1}`, arn, undefined),
      ...(key !== undefined && { key }),
      ...(on !== undefined && { on }),
    }
  })
