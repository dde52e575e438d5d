import type { Command } from '../command.ts'
import { database, HOME, openPage, port, quiet, readOnly, verbose } from '../options.ts'

export const ui: Command = {
  name: 'ui',
  operands: [],
  summary: 'show the runs in a browser',
  description: [
    'Starts a server on 127.0.0.1 and prints the URL of its page, until Ctrl-C. The page lists the runs of the home bucket; it shows a run live, its task, its log and its result, and the history of a task. It can cancel, rerun, verify and reap. It loads nothing from the internet.',
    'The URL contains a token: a person who has it can do with the runs what you can. --read-only shows everything and changes nothing.',
  ].join('\n'),
  options: [port, openPage, readOnly, database, ...HOME, quiet, verbose],
  examples: ['ui', 'ui --open', 'ui --port 8080 --read-only', 'ui --store s3 --bucket exports'],
  load: async () => (await import('../execution/ui.ts')).ui,
}
