import { useState } from 'react'
import type { Place, PlaceField } from '../../language/fields/place.ts'
import { type FieldView, type InputProps, problemAt } from './field-view.ts'
import { halfWidth } from './number.tsx'

const numberOr = (text: string) => (/^-?\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : text)

function PlaceInput({ id, at, field, value, onChange, onBlur, problems }: InputProps<PlaceField>) {
  const [state, setState] = useState<string>()
  const given = (value ?? {}) as { lng?: number | string; lat?: number | string }
  const invalid = problemAt(problems, at) !== undefined
  const set = (part: 'lng' | 'lat', text: string) => {
    const next = { ...given, [part]: text === '' ? undefined : numberOr(halfWidth(text)) }
    onChange(next.lng === undefined && next.lat === undefined ? undefined : next)
  }
  const locate = () => {
    if (!navigator.geolocation || !isSecureContext) return setState('这个浏览器不能取得位置，请手工填写')
    setState('正在定位…')
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setState(`定位精度约 ${Math.round(coords.accuracy)} 米`)
        onChange({ lng: Number(coords.longitude.toFixed(6)), lat: Number(coords.latitude.toFixed(6)) })
      },
      () => setState('没有取得位置，请允许定位，或手工填写'),
      { enableHighAccuracy: true, timeout: 15_000 },
    )
  }
  const part = (name: 'lng' | 'lat', title: string) => (
    <span className="part">
      <i>{title}</i>
      <input
        id={name === 'lng' ? id : undefined}
        className="in number"
        inputMode="decimal"
        autoComplete="off"
        aria-label={`${field.title}：${title}`}
        aria-invalid={invalid}
        value={given[name] ?? ''}
        onBlur={onBlur}
        onChange={(event) => set(name, event.target.value)}
      />
    </span>
  )
  return (
    <span className="place">
      {part('lng', '经度')}
      {part('lat', '纬度')}
      <button type="button" className="button" onClick={locate}>
        用我的位置
      </button>
      {state && <small className="muted">{state}</small>}
    </span>
  )
}

export const placeView: FieldView<PlaceField> = {
  Input: PlaceInput,
  plain: (value) => `${(value as Place).lng}, ${(value as Place).lat}`,
  Full: ({ value }) => (
    <span>
      东经 {(value as Place).lng}° <span className="muted">·</span> 北纬 {(value as Place).lat}°
    </span>
  ),
}
