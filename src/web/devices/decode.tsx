import { useState } from 'react'
import { startingContent, tidy } from '../record/content.ts'
import { FormBody, useForm } from '../record/form.tsx'
import { call } from '../shell/api.ts'
import type { Operation } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { Bytes } from './bytes.tsx'
import './decode.css'

export type FrameField = { offset: number; length: number; bytes: string; name: string; value: string }
export type FrameProblem = { offset: number; text: string }
type Answer = {
  ok: boolean
  hex: string
  length: number
  fields: FrameField[]
  problems: FrameProblem[]
}

const samples = [
  {
    title: '油烟实时数据',
    protocol: 'hj212',
    frame:
      '##0158QN=20180531225849000;ST=31;CN=2011;PW=123456;MN=010000A8900016F018010001;Flag=5;CP=&&DataTime=20180531225849;a34041-Rtd=0.00,a34041-Flag=N;SB7-RS=2;SB8-RS=2&&9181',
  },
  {
    title: '车载视频透传',
    protocol: 'jt1078',
    frame: '3031636481db000101234567890102400003aabbcc',
  },
  { title: '车辆通用应答', protocol: 'jt808', frame: '7e000100050123456789017fff007b01c803bd7e' },
  {
    title: '消防部件状态',
    protocol: 'gb26875',
    frame:
      '404000000101180d11160a140000000000000605040302013000020201010300d90006000200a3c1c7f8a3b1b2e3dfc8b2b8d7dfc0c8000000000000000000000000000000301213010814682323',
  },
  { title: '温湿度应答', protocol: 'modbus-rtu', frame: '0103040292ff9b5a3d' },
]

/** What the frame says, part by part; where it is wrong, the byte and the reason first. */
function Reading({ answer }: { answer: Answer }) {
  const [pointed, setPointed] = useState<number>()
  const { ok, fields, problems, length, hex } = answer
  return (
    <section className="card decoded" aria-live="polite">
      {ok ? (
        <p className="note good">
          <b>报文正确</b> 共 {length} 字节，{fields.length} 个字段
        </p>
      ) : (
        problems.map(({ offset, text }) => (
          <p className="note bad" key={`${offset} ${text}`}>
            <b>{text}</b> {length > 0 && `在第 ${offset + 1} 个字节`}
          </p>
        ))
      )}
      {hex && <Bytes hex={hex} fields={fields} problems={problems} pointed={pointed} onPoint={setPointed} />}
      {fields.length > 0 && (
        <table className="rows">
          <thead>
            <tr>
              <th className="right">位置</th>
              <th>字段</th>
              <th>值</th>
              <th className="frame-bytes">字节</th>
            </tr>
          </thead>
          <tbody onPointerLeave={() => setPointed(undefined)}>
            {fields.map(({ offset, length, name, value, bytes }, index) => (
              <tr
                // biome-ignore lint/suspicious/noArrayIndexKey: the list of one answer never changes
                key={index}
                className={pointed === index ? 'pointed' : undefined}
                onPointerEnter={() => setPointed(index)}
              >
                <td className="right muted nowrap">{length > 1 ? `${offset + 1}–${offset + length}` : offset + 1}</td>
                <td>{name}</td>
                <td className="frame-value">{value}</td>
                <td className="mono muted frame-bytes">{bytes.length > 24 ? `${bytes.slice(0, 24)}…` : bytes}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

/** The decoding desk: paste what a device sent, see it field by field, or the byte where it is wrong. */
export default function Decode({ operation }: { operation: Operation }) {
  const form = useForm(operation.fields, { ...startingContent(operation.fields), protocol: 'hj212' }, {})
  const [answer, setAnswer] = useState<{ key: number; answer: Answer }>()
  const ask = (content: Record<string, unknown>) =>
    call<Answer>('POST', `/api/v1/operations/${operation.name}`, tidy(operation.fields, content)).then((answer) =>
      setAnswer((last) => ({ key: (last?.key ?? 0) + 1, answer })),
    )
  const run = () => form.submit(ask)
  return (
    <>
      <Head title={operation.title} sub={operation.help} />
      <div className="decode">
        <FormBody
          fields={operation.fields}
          sections={[{ title: '', fields: Object.keys(operation.fields) }]}
          form={form}
          onSubmit={run}
        >
          <div className="samples">
            <span className="muted">示例</span>
            {samples.map(({ title, ...content }) => (
              <button
                type="button"
                key={title}
                className="button small"
                onClick={() => form.replace({ ...form.content, ...content })}
              >
                {title}
              </button>
            ))}
          </div>
          <div className="savebar noprint">
            <button type="submit" className="button primary" disabled={form.busy}>
              {form.busy ? '正在解析…' : '解析'}
            </button>
          </div>
        </FormBody>
        {answer && <Reading key={answer.key} answer={answer.answer} />}
      </div>
    </>
  )
}
