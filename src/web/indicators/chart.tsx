import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer])

export type Mark = { key: string; title: string; value: number | null; text: string; small: boolean }
export type Line = { key: string; title: string; marks: Mark[] }

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

const palette = ['--brand', '--info', '--warn', '--unknown', '--bad', '--good']

/** Bars from zero, the longest first, each with its figure at its end; small samples are hatched pale. */
function bars(marks: readonly Mark[]) {
  const ink = token('--ink')
  return {
    grid: { left: 8, right: 96, top: 4, bottom: 4, containLabel: true },
    xAxis: { type: 'value', min: 0, axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: {
      type: 'category',
      inverse: true,
      data: marks.map((mark) => mark.title),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: ink, width: 130, overflow: 'truncate' },
    },
    series: [
      {
        type: 'bar',
        barMaxWidth: 22,
        data: marks.map((mark) => ({
          value: mark.value ?? 0,
          key: mark.key,
          itemStyle: { color: token('--brand'), opacity: mark.small ? 0.35 : 1, borderRadius: [0, 3, 3, 0] },
          label: { formatter: mark.text },
        })),
        label: { show: true, position: 'right', color: ink },
      },
    ],
  }
}

/** Lines over time, each named at its end: no legend to look up. */
function lines(all: readonly Line[]) {
  const times = [...new Set(all.flatMap((line) => line.marks.map((mark) => mark.key)))].sort()
  const ink = token('--ink')
  const single = all.length === 1
  return {
    grid: { left: 8, right: single ? 56 : 110, top: 26, bottom: 4, containLabel: true },
    xAxis: {
      type: 'category',
      data: times,
      // With labels at the points, the first one stands clear of the axis.
      boundaryGap: single && times.length <= 14,
      axisLine: { lineStyle: { color: token('--edge') } },
      axisLabel: { color: token('--ink-2') },
    },
    yAxis: {
      type: 'value',
      splitLine: { lineStyle: { color: token('--line') } },
      axisLabel: { color: token('--ink-2') },
    },
    tooltip: { trigger: 'axis', valueFormatter: undefined },
    series: all.map((line, at) => ({
      type: 'line',
      name: line.title,
      connectNulls: false,
      symbolSize: 8,
      color: token(palette[at % palette.length] as string),
      lineStyle: { width: 2 },
      areaStyle: single ? { opacity: 0.08 } : undefined,
      endLabel: { show: !single, formatter: line.title, color: ink },
      label: {
        show: single && times.length <= 14,
        position: 'top',
        color: ink,
        formatter: ({ dataIndex }: { dataIndex: number }) =>
          line.marks.find((mark) => mark.key === times[dataIndex])?.text ?? '',
      },
      data: times.map((time) => {
        const mark = line.marks.find((each) => each.key === time)
        return { value: mark?.value ?? null, key: time, symbol: mark?.small ? 'emptyCircle' : 'circle' }
      }),
    })),
  }
}

/** A chart whose marks say themselves what they are; a click on one tells its key. */
export default function Chart(props: {
  kind: 'bars' | 'lines'
  lines: readonly Line[]
  label: string
  onPick?(key: string): void
}) {
  const { kind, lines: all, label, onPick } = props
  const box = useRef<HTMLDivElement>(null)
  const pick = useRef(onPick)
  pick.current = onPick
  const marks = all[0]?.marks ?? []
  const height = kind === 'bars' ? Math.max(80, marks.length * 34 + 12) : 300
  useEffect(() => {
    if (!box.current) return
    const chart = init(box.current, undefined, { renderer: 'svg', height })
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: token('--font') },
      ...(kind === 'bars' ? bars(marks) : lines(all)),
    } as never)
    chart.on('click', (event) => pick.current?.(String((event.data as { key?: string })?.key ?? '')))
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(box.current)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [kind, all, marks, height])
  return (
    <div
      ref={box}
      role="img"
      aria-label={label}
      style={{ height, width: '100%', cursor: onPick ? 'pointer' : undefined }}
    />
  )
}
