/** The home bucket of the frozen store: the program's default. */
export const BUCKET = 'batchquery-s3'

/** An export of a task in the frozen store. It determines the whole result. */
export interface Written {
  /** Its destination is `output/<name>`. */
  readonly name: string
  readonly rows: number
  /** `long rows` are so long that each one is a part. In `small parts` each row is a part too; no task can request that. */
  readonly form: 'short rows' | 'long rows' | 'small parts'
  readonly overwrite: boolean
  readonly manifest: boolean
}

/** Each row fills a part. The stored part is small, because the part size counts bytes before compression. */
const LONG = 1024 ** 2

const PLAIN = { overwrite: false, manifest: true } as const
const long = (name: string, rows: number): Written => ({ ...PLAIN, name, rows, form: 'long rows' })
const short = (name: string, rows: number): Written => ({ ...PLAIN, name, rows, form: 'short rows' })

/** The exports of the tasks in the frozen store, by the ids of the runs. */
export const TASKS: ReadonlyMap<string, readonly Written[]> = new Map([
  ['queued', [long('queued', 2)]],
  ['claimed', [long('claimed', 2)]],
  ['running', [long('running', 2)]],
  ['asked', [long('asked', 2)]],
  ['begun', [long('begun', 3)]],
  ['ledger', [long('ledger', 3)]],
  ['staged', [long('staged', 3)]],
  ['committing', [long('committing', 3)]],
  ['half', [long('half', 3)]],
  ['over', [{ ...long('over', 3), overwrite: true }]],
  ['published', [long('published', 3)]],
  ['many', [{ ...short('many', 101), form: 'small parts' }]],
  ['second', [short('second-1', 3), long('second', 3)]],
  ['twice', [long('twice', 2)]],
  ['again', [long('again', 2)]],
  [
    'succeeded',
    [short('succeeded-1', 3), long('succeeded', 2), { ...short('succeeded-3', 4), manifest: false }],
  ],
  ['native', [{ ...short('native-streamed', 3), form: 'small parts' }]],
  ['failed', [short('failed', 3)]],
  ['cancelled', []],
])

/** The statements of a task after its exports. */
const ENDINGS: Readonly<Record<string, string>> = {
  failed: 'SELECT * FROM missing;\n',
  cancelled: 'SELECT count(*) FROM range(100000000000);\n',
}

export const exportsOf = (id: string): readonly Written[] => TASKS.get(id) ?? []

export const scriptOf = (id: string): string =>
  [...exportsOf(id).map(written => `${statementOf(written)};\n`), ENDINGS[id] ?? ''].join('')

function statementOf({ name, rows, form, overwrite, manifest }: Written): string {
  const isLong = form === 'long rows'
  const text = isLong ? `repeat(chr((97 + i % 26)::INTEGER), ${LONG})` : `'${name}'`
  return [
    `SELECT i, ${text} FROM range(${rows}) t(i)`,
    `  INTO OUTFILE S3 's3://${BUCKET}/output/${name}'`,
    `  ${isLong ? 'COMPRESSION GZIP MAXFILESIZE 1 MB ' : ''}MANIFEST ${onOff(manifest)} OVERWRITE ${onOff(overwrite)}`,
  ].join('\n')
}

const onOff = (is: boolean): string => (is ? 'ON' : 'OFF')

/** The keys and texts of the parts of the whole result, computed without the product's code. */
export function partsOf({ name, rows, form }: Written): ReadonlyMap<string, string> {
  const lines = Array.from(
    { length: rows },
    (_, i) => `${i}\t${form === 'long rows' ? letter(i).repeat(LONG) : name}\n`,
  )
  const parts = form === 'short rows' ? [lines.join('')] : lines
  const suffix = form === 'long rows' ? '.gz' : ''
  return new Map(
    parts.map((text, at) => [`output/${name}.part_${String(at).padStart(5, '0')}${suffix}`, text]),
  )
}

const letter = (i: number): string => String.fromCharCode(97 + (i % 26))

/** The native export of the run `native`, as its server wrote it. */
export const NATIVE_PARTS: ReadonlyMap<string, string> = new Map([
  ['output/native.part_00000', '0\tnative\n1\tnative\n'],
  ['output/native.part_00001', '2\tnative\n'],
])

/** The earlier result at the destination of `over`: more parts, and of no run. */
export const EARLIER: ReadonlyMap<string, string> = new Map([
  ...Array.from({ length: 5 }, (_, at) => [`output/over.part_0000${at}.gz`, `earlier ${at}\n`] as const),
  [
    'output/over.manifest',
    JSON.stringify({
      entries: Array.from({ length: 5 }, (_, at) => ({
        url: `s3://${BUCKET}/output/over.part_0000${at}.gz`,
      })),
    }),
  ],
])
