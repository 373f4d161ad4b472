import { type PointerEvent, useEffect, useRef, useState } from 'react'
import type { Signature, SignatureField } from '../../language/fields/signature.ts'
import { fileUrl, putFile, Refusal } from '../shell/api.ts'
import { minuteOf } from '../shell/time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { type CellProps, type FieldView, type InputProps, problemAt } from './field-view.ts'
import { sha256 } from './sha256.ts'

/** A sheet to sign on with a finger, a pen or the mouse; black on white whatever the theme, for it will be printed. */
function usePad() {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [inked, setInked] = useState(false)
  const clear = () => {
    const pen = canvas.current?.getContext('2d')
    if (!canvas.current || !pen) return
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, canvas.current.width, canvas.current.height)
    setInked(false)
  }
  useEffect(clear, [])
  const place = (event: PointerEvent) => {
    const box = (event.target as HTMLCanvasElement).getBoundingClientRect()
    const scale = (canvas.current?.width ?? 1) / box.width
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale] as const
  }
  const onPointerDown = (event: PointerEvent) => {
    const pen = canvas.current?.getContext('2d')
    if (!pen) return
    canvas.current?.setPointerCapture(event.pointerId)
    pen.lineWidth = 5
    pen.lineCap = 'round'
    pen.strokeStyle = '#111'
    pen.beginPath()
    pen.moveTo(...place(event))
  }
  const onPointerMove = (event: PointerEvent) => {
    const pen = canvas.current?.getContext('2d')
    if (event.buttons === 0 || !pen) return
    pen.lineTo(...place(event))
    pen.stroke()
    setInked(true)
  }
  return { canvas, inked, clear, onPointerDown, onPointerMove }
}

async function store(canvas: HTMLCanvasElement): Promise<string> {
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  if (!blob) throw new Error('not encoded')
  const hash = sha256(new Uint8Array(await blob.arrayBuffer()))
  await putFile(hash, blob)
  return hash
}

function SignDialog({
  field,
  onSigned,
  onClose,
}: {
  field: SignatureField
  onSigned(s: Signature): void
  onClose(): void
}) {
  const { canvas, inked, clear, onPointerDown, onPointerMove } = usePad()
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string>()
  const sign = async () => {
    if (!name.trim()) return setProblem('请写明签名人')
    if (!inked || !canvas.current) return setProblem('请在白框里签名')
    try {
      onSigned({ name: name.trim(), at: new Date().toISOString(), image: await store(canvas.current) })
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '没有存成，请重试')
    }
  }
  return (
    <Dialog title={field.title} onClose={onClose}>
      <label className="labelled">
        <span>签名人</span>
        <input className="in" value={name} maxLength={40} onChange={(event) => setName(event.target.value)} />
      </label>
      <canvas
        ref={canvas}
        className="pad"
        width={800}
        height={320}
        aria-label="签名处"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
      />
      {problem && (
        <p className="wrong" role="alert">
          {problem}
        </p>
      )}
      <div className="acts">
        <button type="button" className="button" onClick={clear}>
          重写
        </button>
        <button type="button" className="button primary" onClick={sign}>
          签好了
        </button>
      </div>
    </Dialog>
  )
}

function SignatureShown({ value }: { value: Signature }) {
  return (
    <span className="signed">
      <img src={fileUrl(value.image)} alt={`${value.name}的签名`} />
      <small>
        {value.name} · {minuteOf(value.at)}
      </small>
    </span>
  )
}

function SignatureInput({ id, at, field, value, onChange, problems }: InputProps<SignatureField>) {
  const [open, setOpen] = useState(false)
  const given = value as Signature | undefined
  return (
    <span className="files" data-invalid={problemAt(problems, at) ? true : undefined}>
      {given?.image && <SignatureShown value={given} />}
      <button type="button" id={id} className="button" onClick={() => setOpen(true)}>
        {given?.image ? '重新签名' : '签名'}
      </button>
      {open && (
        <SignDialog
          field={field}
          onClose={() => setOpen(false)}
          onSigned={(signature) => {
            onChange(signature)
            setOpen(false)
          }}
        />
      )}
    </span>
  )
}

export const signatureView: FieldView<SignatureField> = {
  Input: SignatureInput,
  plain: (value) => `${(value as Signature).name} ${minuteOf((value as Signature).at)}`,
  Full: ({ value }: CellProps<SignatureField>) => <SignatureShown value={value as Signature} />,
}
