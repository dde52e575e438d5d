import type { ListOptions, RunFilter, ShownRun } from '../../run/index.ts'
import { FollowedRuns } from '../../submit/followed-runs.ts'
import { type Home, openHome } from '../../submit/home.ts'
import { listedRuns } from '../../submit/listed-runs.ts'
import { runCost } from '../../submit/run-cost.ts'
import type { Context, Execute } from '../command.ts'
import type { Options } from '../options.ts'
import { narrowRunTable, runTable } from '../run-table.ts'
import { changeLine, drawRuns, printChanges } from '../watch-runs.ts'

export const ls: Execute = async ({ options }, context) => {
  // `--database` is a filter here, and no setting.
  const { database: _, ...settings } = options
  const home = await openHome(settings, context)
  const list = listOptions(options)
  if (options.watch) {
    await watch(home, list, options, context)
    return { document: undefined, text: '', exitCode: 0 }
  }
  const runs = await listedRuns(home.runs, list, context.log)
  if (runs.length === 0) for (const line of nothingFound(home, options)) context.log.info(line)
  const text = runs.length === 0 ? '' : runTable(runs, home, new Date())
  return { document: { runs: runs.map(run => withCost(run, home)) }, text, exitCode: 0 }
}

const withCost = (run: ShownRun, { settings }: Home) => ({
  ...run,
  cost: runCost(run, new Date(), settings.fargate?.prices),
})

async function watch(
  home: Home,
  list: ListOptions,
  options: Options,
  { environment, log, output }: Context,
): Promise<void> {
  const terminal = output.terminalOf(environment)
  if (options.json || terminal === null) {
    const runs = new FollowedRuns(home.runs, list, log)
    return printChanges(
      runs,
      run =>
        options.json ? output.writeDocument(withCost(run, home)) : output.writeLines(changeLine(run, home)),
      output,
    )
  }
  const nothing = nothingFound(home, options).join('\n')
  return drawRuns(
    warnings => new FollowedRuns(home.runs, list, warnings),
    runs => (runs.length === 0 ? nothing : narrowRunTable(runs, home, new Date(), terminal.columns)),
    output,
    terminal,
    log,
  )
}

function listOptions(options: Options): ListOptions {
  const { limit = 0, since } = options
  return { limit, filter: filterOf(options), ...(since && { since }) }
}

/** The lines for an empty list, with the next step. */
function nothingFound({ settings, store }: Home, options: Options): readonly string[] {
  const place = `${store.uriOf({ bucket: settings.bucket })} (store ${store.name})`
  const filter = filterText(options)
  if (filter === '')
    return [
      `there are no runs in ${place}`,
      'hint: Start one with `batchquery run TASK`, or look elsewhere with --store, --bucket or --stack.',
    ]
  return [
    `no run in ${place} matches ${filter}`,
    'hint: Remove one of these, or look elsewhere with --store, --bucket or --stack.',
  ]
}

/** The runs that the options select. */
function filterOf({ state, failed, error, task, database }: Options): RunFilter {
  const selected = failed ? 'FAILED' : state
  return {
    ...(selected !== undefined && { state: selected }),
    ...(error !== undefined && { code: error }),
    ...(task !== undefined && { task }),
    ...(database !== undefined && { database }),
  }
}

/** The options that exclude runs, as on the command line; empty for none. */
function filterText({ state, failed, error, task, database, since }: Options): string {
  const given = [
    ['--since', since?.toISOString()],
    ['--state', state],
    ['--error', error],
    ['--task', task],
    ['--database', database],
  ] as const
  const flags = given.flatMap(([flag, value]) => (value === undefined ? [] : `${flag} ${value}`))
  return [...(failed ? ['--failed'] : []), ...flags].join(' ')
}
