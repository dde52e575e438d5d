import type { Command } from '../command.ts'
import { as, HOME, TALK } from '../options.ts'

export const put: Command = {
  name: 'put',
  operands: [{ form: '<file...>', description: 'tasks to upload: files, or folders with an index' }],
  summary: 'upload tasks under script/',
  description: [
    'Uploads tasks into the home bucket, under script/ and their own names. Replaces an existing task. A folder is one task: run it as s3://BUCKET/script/NAME/.',
  ].join('\n'),
  options: [as, ...HOME, ...TALK],
  examples: ['put report.sql', 'put sql/*.sql', 'put report.sql --as monthly/report.sql'],
  load: async () => (await import('../execution/put.ts')).put,
}
