import { type ComponentType, lazy, Suspense } from 'react'
import type { DayPickerProps, PickerProps, RangePickerProps } from './picker.tsx'

// antd's pickers are loaded where something is entered or narrowed; pages that only show do without them.
const pickers = () => import('./picker.tsx')

function later<Props extends object>(name: 'DayPicker' | 'RangePicker' | 'Picker') {
  const Loaded = lazy(async () => ({ default: (await pickers())[name] as unknown as ComponentType<Props> }))
  return (props: Props) => (
    <Suspense fallback={<span className="in" />}>
      <Loaded {...props} />
    </Suspense>
  )
}

export const DayPicker = later<DayPickerProps>('DayPicker')
export const RangePicker = later<RangePickerProps>('RangePicker')
export const Picker = later<PickerProps>('Picker')
