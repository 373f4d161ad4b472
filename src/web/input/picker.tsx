import { DatePicker, Select } from 'antd'
import dayjs from 'dayjs'
import { type ComponentProps, type ReactNode, useState } from 'react'
import { Themed } from '../ui/theme.tsx'

/** Fingers get the phone's own wheels, which they know; a mouse gets a calendar. */
export function useFingers(): boolean {
  return useState(() => matchMedia('(pointer: coarse)').matches)[0]
}

export type DayPickerProps = {
  id?: string
  /** `YYYY-MM-DD`, or `YYYY-MM-DD HH:MM` with `time`. */
  value: string | undefined
  onChange(value: string | undefined): void
  onBlur?(): void
  time?: boolean
  invalid?: boolean
  label?: string
  describedBy?: string
}

function ByFinger(props: DayPickerProps & { blank?: string }) {
  const { id, value, onChange, onBlur, time, invalid, label, describedBy, blank } = props
  return (
    <span className="in byfinger" data-invalid={invalid || undefined}>
      {value ?? <span className="muted">{blank ?? (time ? '选择时间' : '选择日期')}</span>}
      <input
        id={id}
        type={time ? 'datetime-local' : 'date'}
        value={value?.replace(' ', 'T') ?? ''}
        // With these a year has four digits, also where it is typed.
        min={time ? '1900-01-01T00:00' : '1900-01-01'}
        max={time ? '2199-12-31T23:59' : '2199-12-31'}
        onChange={(event) => {
          const next = event.target.value.replace('T', ' ')
          if (!next || /^\d{4}-/.test(next)) onChange(next.slice(0, 16) || undefined)
        }}
        onBlur={onBlur}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={invalid}
      />
    </span>
  )
}

const formats = { day: 'YYYY-MM-DD', minute: 'YYYY-MM-DD HH:mm' } as const

/**
 * What was typed as a day (20261120, 1120, 2026/11/20) or a minute (202611200930), in its format. Nothing for a day that
 * no calendar has: the 30th of February is not the 2nd of March.
 */
function typed(text: string, time = false): string | undefined {
  const digits = text.normalize('NFKC').replace(/\D/g, '')
  const whole = !time && digits.length === 4 ? `${dayjs().year()}${digits}` : digits
  if (whole.length !== (time ? 12 : 8)) return undefined
  const day = `${whole.slice(0, 4)}-${whole.slice(4, 6)}-${whole.slice(6, 8)}`
  const said = time ? `${day} ${whole.slice(8, 10)}:${whole.slice(10)}` : day
  return dayjs(said).format(time ? formats.minute : formats.day) === said ? said : undefined
}

function ByMouse({ id, value, onChange, onBlur, time, invalid, label, describedBy }: DayPickerProps) {
  const format = time ? formats.minute : formats.day
  const [refused, setRefused] = useState<string>()
  const change = (next: string | undefined) => {
    setRefused(undefined)
    onChange(next)
  }
  return (
    <Themed>
      <DatePicker
        id={id}
        style={{ width: '100%' }}
        value={value ? dayjs(value) : null}
        showTime={time ? { format: 'HH:mm', minuteStep: 1 } : false}
        format={format}
        needConfirm={false}
        placeholder={time ? '选择时间' : '选择日期'}
        status={invalid || refused ? 'error' : undefined}
        aria-label={label}
        aria-describedby={describedBy}
        onChange={(day) => change(day ? day.format(format) : undefined)}
        onBlur={(event) => {
          const text = (event.target as HTMLInputElement).value.trim()
          const said = typed(text, time)
          if (said && said !== value) change(said)
          // The picker goes back to what was there before: that is said, not done in silence.
          else setRefused(text && !said ? text : undefined)
          onBlur?.()
        }}
      />
      {refused && (
        <p className="wrong" role="alert">
          {`没有采用“${refused.slice(0, 30)}”：应为 ${time ? '2026-11-20 09:30 这样的时间' : '2026-11-20 这样的日期'}`}
        </p>
      )}
    </Themed>
  )
}

/** A day, or a minute, in China's calendar. */
export function DayPicker(props: DayPickerProps) {
  return useFingers() ? <ByFinger {...props} /> : <ByMouse {...props} />
}

type Range = { from?: string; to?: string }

export type RangePickerProps = { value: Range; onChange(range: Range): void; label: string }

/** From a day to a day, both included. */
export function RangePicker({ value, onChange, label }: RangePickerProps) {
  const fingers = useFingers()
  if (fingers)
    return (
      <span className="range">
        <ByFinger
          value={value.from}
          label={`${label}从`}
          blank={`${label}从`}
          onChange={(from) => onChange({ ...value, from })}
        />
        <i>至</i>
        <ByFinger value={value.to} label={`${label}到`} blank="到" onChange={(to) => onChange({ ...value, to })} />
      </span>
    )
  const today = dayjs()
  return (
    <Themed>
      <DatePicker.RangePicker
        style={{ width: 236 + 14 * Math.max(0, label.length - 3) }}
        value={[value.from ? dayjs(value.from) : null, value.to ? dayjs(value.to) : null]}
        allowEmpty={[true, true]}
        // Two dates may narrow one list: each says which it is.
        placeholder={[`${label}从`, '到']}
        aria-label={label}
        presets={[
          { label: '今天', value: [today, today] },
          { label: '近 7 天', value: [today.subtract(6, 'day'), today] },
          { label: '本月', value: [today.startOf('month'), today] },
          {
            label: '上月',
            value: [today.subtract(1, 'month').startOf('month'), today.subtract(1, 'month').endOf('month')],
          },
        ]}
        onChange={(days) => onChange({ from: days?.[0]?.format('YYYY-MM-DD'), to: days?.[1]?.format('YYYY-MM-DD') })}
      />
    </Themed>
  )
}

export type PickerProps = ComponentProps<typeof Select> & { empty?: ReactNode }

/** A list to pick from, with typing to narrow it. */
export function Picker({ empty, ...rest }: PickerProps) {
  return (
    <Themed>
      <Select notFoundContent={empty ?? '没有匹配的选项'} {...rest} />
    </Themed>
  )
}
