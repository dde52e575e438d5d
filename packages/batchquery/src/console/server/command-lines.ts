import type { HomeOptions } from '../../submit/configuration.ts'
import type { RerunRequest, RunCommands } from '../documents.ts'

/** Writes the command lines that do what the page does, for the home bucket of this console. */
export class CommandLines {
  readonly #home: readonly string[]

  /** @param options that the console was started with */
  constructor({ store, bucket, stack, config }: HomeOptions) {
    const given = { store, bucket, stack, config }
    this.#home = Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, value],
    )
  }

  /** @param words of the command line, without the program. An undefined one is left out */
  of(...words: readonly (string | undefined)[]): string {
    const given = words.flatMap(word => word ?? [])
    return ['batchquery', ...given, ...this.#home].map(shellWord).join(' ')
  }

  /** Only values that may be shown are in it. The user puts each other one into a file. */
  ofRerun(
    id: string,
    { parameters = {}, variables = {}, database }: RerunRequest,
    isShown: (name: string) => boolean,
  ): string {
    return this.of(
      'rerun',
      id,
      ...Object.entries(parameters).flatMap(([name, value]) => [
        '-p',
        isShown(name) ? `${name}=${value}` : `${name}=@FILE`,
      ]),
      ...Object.keys(variables).flatMap(name => ['-e', `${name}=@FILE`]),
      ...(database === undefined ? [] : ['-d', database]),
      '--detach',
    )
  }

  ofRun(id: string): RunCommands {
    return {
      show: this.of('show', id),
      logs: this.of('logs', '-f', id),
      cancel: this.of('cancel', id),
      rerun: this.of('rerun', id),
      reap: this.of('reap'),
      verify: this.of('verify', id),
      get: this.of('get', id),
      head: this.of('head', id),
    }
  }
}

/** A word as a POSIX shell reads it. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
