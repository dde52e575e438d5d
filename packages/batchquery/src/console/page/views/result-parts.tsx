import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type {
  DownloadDocument,
  ExportDocument,
  PartDocument,
  PartsDocument,
  Problem,
} from '../../documents.ts'
import { getDocument, problemOf } from '../client.ts'
import { say } from '../language.ts'
import { ProblemBox, Scroll, TableHead } from '../pieces.tsx'
import { bytesText, counted } from '../texts.ts'

const PAGE = 200

interface PartsProps {
  readonly id: string
  readonly exported: ExportDocument
  /** The part whose rows are shown; null for the export's. */
  readonly chosen: number | null
  readonly choose: (part: number | null) => void
}

/** The parts of an export, a page of them at a time; those of partitions as a tree. */
export function Parts({ id, exported, chosen, choose }: PartsProps) {
  const [parts, setParts] = useState<readonly PartDocument[]>([])
  const [problem, setProblem] = useState<Problem | null>(null)
  const path = `/api/runs/${encodeURIComponent(id)}/exports/${exported.number}`
  const more = async () => {
    try {
      const found = await getDocument<PartsDocument>(`${path}/parts?from=${parts.length}&count=${PAGE}`)
      setParts([...parts, ...found.parts])
      setProblem(null)
    } catch (thrown) {
      setProblem(problemOf(thrown))
    }
  }
  useEffect(() => void more(), [])
  const download = async (part: number) => {
    try {
      const { url } = await getDocument<DownloadDocument>(`${path}/download?part=${part}`)
      location.assign(url)
    } catch (thrown) {
      setProblem(problemOf(thrown))
    }
  }
  const table = (list: readonly PartDocument[]) => (
    <PartTable parts={list} chosen={chosen} choose={choose} download={download} />
  )
  return (
    <details open={exported.partCount <= PAGE}>
      <summary>
        {exported.partCount === 1 ? say('1 part') : say('{0} parts', counted(exported.partCount))}
      </summary>
      {problem !== null && <ProblemBox problem={problem} />}
      {exported.partitionedBy.length === 0 ? table(parts) : <Tree parts={parts} depth={0} table={table} />}
      {parts.length < exported.partCount && (
        <button type="button" onClick={() => void more()}>
          {say('Show more of {0}', counted(exported.partCount))}
        </button>
      )}
    </details>
  )
}

/** A level of partitions. */
function Tree({
  parts,
  depth,
  table,
}: {
  readonly parts: readonly PartDocument[]
  readonly depth: number
  readonly table: (parts: readonly PartDocument[]) => JSX.Element
}) {
  const groups = new Map<string, PartDocument[]>()
  for (const part of parts) {
    const step = part.partition[depth]
    const name =
      step === undefined
        ? ''
        : `${step.column} = ${step.value === null ? 'NULL' : JSON.stringify(step.value)}`
    groups.set(name, [...(groups.get(name) ?? []), part])
  }
  if (groups.size === 1 && groups.has('')) return table(parts)
  return (
    <ul class="tree">
      {[...groups].map(([name, list]) => (
        <li key={name}>
          <details>
            <summary>
              {name} <span class="muted">{bytesText(list.reduce((sum, { bytes }) => sum + bytes, 0))}</span>
            </summary>
            <Tree parts={list} depth={depth + 1} table={table} />
          </details>
        </li>
      ))}
    </ul>
  )
}

function PartTable({
  parts,
  chosen,
  choose,
  download,
}: Pick<PartsProps, 'chosen' | 'choose'> & {
  readonly parts: readonly PartDocument[]
  readonly download: (part: number) => Promise<void>
}) {
  return (
    <Scroll label={say('Parts')}>
      <table>
        <TableHead names={['Part', 'Rows', 'Size', 'SHA-256', 'Actions']} numbers={['Rows', 'Size']} />
        <tbody>
          {parts.map(({ number, name, uri, rows, bytes, sha256 }) => (
            <tr key={number}>
              <th scope="row" title={uri}>
                {name}
              </th>
              <td class="number">{rows === null ? '' : counted(rows)}</td>
              <td class="number">{bytesText(bytes)}</td>
              <td>
                <code title={sha256 ?? ''}>{sha256?.slice(0, 12) ?? ''}</code>
              </td>
              <td>
                <button
                  type="button"
                  aria-pressed={chosen === number}
                  onClick={() => choose(chosen === number ? null : number)}
                >
                  {say('Rows')}
                </button>{' '}
                <button type="button" onClick={() => void download(number)}>
                  {say('Download')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
