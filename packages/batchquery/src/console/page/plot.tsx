import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'

export interface Line {
  readonly label: string
  readonly values: readonly (number | null)[]
  /** A custom property of the style sheet that is its color. */
  readonly color: string
  /** Draws a point for each value, and no line. */
  readonly isPoints?: boolean
}

interface PlotProps {
  /** For screen readers. */
  readonly title: string
  /** Seconds since 1970. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly text: (value: number) => string
}

const HEIGHT = 180

/** Lines over time. It draws on a canvas, so no text of a run becomes HTML. */
export function Plot({ title, times, lines, text }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const data = (): uPlot.AlignedData => [[...times], ...lines.map(({ values }) => [...values])]
  useEffect(() => {
    const { current } = box
    if (current === null) return
    const color = (name: string) => getComputedStyle(current).getPropertyValue(name).trim()
    const axis = {
      stroke: color('--muted'),
      grid: { stroke: color('--line') },
      ticks: { stroke: color('--line') },
    }
    const drawn = new uPlot(
      {
        width: current.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false },
        scales: { y: { range: (_, __, most) => [0, most <= 0 ? 1 : most * 1.1] } },
        axes: [axis, { ...axis, size: 72, values: (_, ticks) => ticks.map(text) }],
        series: [
          {},
          ...lines.map(({ label, color: name, isPoints = false }) => ({
            label,
            stroke: color(name),
            ...(isPoints
              ? { paths: () => null, points: { show: true, size: 9, fill: color(name) } }
              : { width: 2 }),
          })),
        ],
      },
      data(),
      current,
    )
    plot.current = drawn
    const resized = new ResizeObserver(() => drawn.setSize({ width: current.clientWidth, height: HEIGHT }))
    resized.observe(current)
    return () => {
      resized.disconnect()
      drawn.destroy()
    }
  }, [lines.map(({ label }) => label).join()])
  useEffect(() => plot.current?.setData(data()), [times, lines])
  const latest = lines.map(({ label, values }) => `${label} ${text(values.at(-1) ?? 0)}`).join(', ')
  return (
    <figure class="plot">
      <figcaption>
        {title}
        {lines.length > 1 &&
          lines.map(({ label, color }) => (
            <span key={label} class="legend">
              <span class={`swatch ${color.slice(2)}`} aria-hidden="true" /> {label}
            </span>
          ))}
      </figcaption>
      <div ref={box} role="img" aria-label={`${title}: ${latest}`} />
    </figure>
  )
}
