import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Hono } from 'hono/tiny'
import { BatchQueryError } from '../../errors/index.ts'
import { withheldParameters } from '../../run/index.ts'
import { type Access, withHeaders } from './access.ts'
import { cancelling, reaping } from './actions/end-run.ts'
import { rerunning } from './actions/rerun.ts'
import { verifying } from './actions/verify.ts'
import { downloadResponse } from './downloads.ts'
import { historyDocument } from './history.ts'
import type { JobRequest, Work } from './jobs.ts'
import { logDocument, logDownload, logMatches } from './log-documents.ts'
import type { Console } from './open-console.ts'
import { manualDocument, pageFile } from './package-files.ts'
import { problemOf, statusOf } from './problem.ts'
import * as requests from './requests.ts'
import { headDocument, partDownload, partsDocument, resultDocument } from './result-documents.ts'
import { runDocument } from './run-document.ts'
import { detailsDocument, runsDocument } from './run-lists.ts'
import { sessionDocument } from './session-document.ts'
import { statementDocument } from './statement-document.ts'

/** The requests come from Node's server. */
type App = Hono<{ Bindings: HttpBindings }>

/** The server's answers, without its port. `documents.ts` lists them. */
export function consoleApp(served: Console, access: Access): App {
  const app: App = new Hono()
  app.use(withHeaders)
  app.use(access.page)
  app.use('/api/*', access.data)
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: requests.MOST_BODY_BYTES,
      onError: () => {
        throw new BatchQueryError('USAGE', `the request has more than ${requests.MOST_BODY_BYTES} bytes`)
      },
    }),
  )
  addLists(app, served)
  addRun(app, served)
  addResult(app, served)
  addActions(app, served)
  app.all('/api/*', () => {
    throw new BatchQueryError('USAGE', 'the console has no such document', { hint: 'Reload the page.' })
  })
  app.get('/download/:ticket', context => {
    const download = served.downloads.take(context.req.param('ticket'))
    if (download !== null)
      return downloadResponse(download, thrown => {
        served.context.log.failure(BatchQueryError.from(thrown))
        context.env.outgoing.destroy()
      })
    throw new BatchQueryError('OUTPUT_NOT_FOUND', 'this link has been used, or is older than a minute', {
      hint: 'Go back to the page, and download again.',
    })
  })
  app.get('*', ({ req }) => pageFile(req.path))
  app.onError((thrown, context) => {
    const error = BatchQueryError.from(thrown)
    const { log } = served.context
    if (error.code === 'INTERNAL') log.failure(error)
    const { code, message, hint } = error
    const masked = { code, message: log.redact(message), hint: hint === null ? null : log.redact(hint) }
    return context.json({ error: problemOf(masked) }, statusOf(error))
  })
  return app
}

function addLists(app: App, served: Console): void {
  app.get('/api/session', async context => context.json(await sessionDocument(served)))
  app.get('/api/runs', async context => {
    const query = requests.checked(requests.runsQuery, context.req.query())
    const { since = null, until = null, before = null, limit } = query
    const request = { filter: requests.filterOf(query), since, until, before, limit }
    return context.json(await runsDocument(request, served))
  })
  app.get('/api/details', async context => {
    const ids = (context.req.queries('id') ?? []).slice(0, 100)
    return context.json(await detailsDocument(ids, served))
  })
  app.get('/api/history', async context => {
    const { task, limit } = requests.checked(requests.historyQuery, context.req.query())
    return context.json(await historyDocument(task, limit, served))
  })
  app.get('/api/manual/:topic', async context =>
    context.json(await manualDocument(context.req.param('topic'))),
  )
  app.get('/api/jobs/:job', context => context.json(served.jobs.find(context.req.param('job')).document()))
}

function addRun(app: App, served: Console): void {
  app.get('/api/runs/:id', async context => context.json(await runDocument(context.req.param('id'), served)))
  app.get('/api/runs/:id/statement', async context =>
    context.json(await statementDocument(context.req.param('id'), served)),
  )
  app.get('/api/runs/:id/log', async context => {
    const {
      attempt = null,
      from = null,
      bytes,
      seek,
    } = requests.checked(requests.logQuery, context.req.query())
    const request = { attempt, from, bytes, seeks: seek !== undefined }
    return context.json(await logDocument(context.req.param('id'), request, served))
  })
  app.get('/api/runs/:id/log/search', async context => {
    const { attempt = null, text, from } = requests.checked(requests.searchQuery, context.req.query())
    return context.json(await logMatches(context.req.param('id'), { attempt, text, from }, served))
  })
  app.get('/api/runs/:id/log/download', async context => {
    const { attempt = null } = requests.checked(requests.attemptQuery, context.req.query())
    return context.json(await logDownload(context.req.param('id'), attempt, served))
  })
}

function addResult(app: App, served: Console): void {
  app.get('/api/runs/:id/result', async context =>
    context.json(await resultDocument(context.req.param('id'), served)),
  )
  app.get('/api/runs/:id/exports/:number/parts', async context => {
    const range = requests.checked(requests.partsQuery, context.req.query())
    return context.json(await partsDocument(context.req.param('id'), numberOf(context), range, served))
  })
  app.get('/api/runs/:id/exports/:number/head', async context => {
    const { part = null, rows } = requests.checked(requests.headQuery, context.req.query())
    return context.json(
      await headDocument(context.req.param('id'), numberOf(context), { part, rows }, served),
    )
  })
  app.get('/api/runs/:id/exports/:number/download', async context => {
    const { part } = requests.checked(requests.partQuery, context.req.query())
    return context.json(await partDownload(context.req.param('id'), numberOf(context), part, served))
  })
}

const numberOf = ({ req }: Context): number => requests.checked(requests.exportParameter, req.param('number'))

function addActions(app: App, served: Console): void {
  const { jobs, commands, records } = served
  const start = (request: JobRequest, work: Work) => {
    // The next document of the run must show what the job did.
    const job = jobs.start(request, job => work(job).finally(() => records.forget(request.run)))
    return job.document()
  }
  app.post('/api/runs/:id/cancel', async context => {
    const run = context.req.param('id')
    const body = requests.checked(requests.nothing, await bodyOf(context))
    const command = commands.of('cancel', run)
    return context.json(start({ kind: 'cancel', run, command, body }, cancelling(run, served)))
  })
  app.post('/api/runs/:id/rerun', async context => {
    const run = context.req.param('id')
    const body = requests.checked(requests.rerunBody, await bodyOf(context))
    const record = await records.read(run)
    const withheld = withheldParameters(record)
    const isShown = (name: string) => Object.hasOwn(record.params, name) && !withheld.includes(name)
    const command = commands.ofRerun(run, body, isShown)
    return context.json(start({ kind: 'rerun', run, command, body }, rerunning(run, body, served)))
  })
  app.post('/api/runs/:id/reap', async context => {
    const run = context.req.param('id')
    const body = requests.checked(requests.reapBody, await bodyOf(context))
    const command = commands.of('reap', body.dryRun ? '--dry-run' : undefined)
    return context.json(start({ kind: 'reap', run, command, body }, reaping(run, body, served)))
  })
  app.post('/api/runs/:id/verify', async context => {
    const run = context.req.param('id')
    const body = requests.checked(requests.verifyBody, await bodyOf(context))
    const command = commands.of('verify', run)
    return context.json(start({ kind: 'verify', run, command, body }, verifying(run, body, served)))
  })
}

/** @throws USAGE for a body that is not JSON */
async function bodyOf({ req }: Context): Promise<unknown> {
  try {
    return await req.json()
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown
    throw new BatchQueryError('USAGE', 'the body of the request is not JSON', { hint: 'Reload the page.' })
  }
}
