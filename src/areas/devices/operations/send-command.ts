import { Failure, invalid } from '../../../failure.ts'
import type { Kind } from '../../../language/index.ts'
import { choice, number, reference, text } from '../../../language/index.ts'
import type { Operation } from '../../../platform/operation.ts'
import { checkValue, things } from '../../../standards/things/index.ts'
import { queueCommand } from '../../../telemetry/command/index.ts'
import { fieldDevice } from '../records/field-device.ts'

const minuteMs = 60_000

/** 下发指令: tells a device something. Kept until it answers; sent again when it connects; given up after a while. */
export const sendCommand: Operation = {
  name: 'send-command',
  title: '下发指令',
  help: '让设备做一件事：校时、开关、设定。设备离线时先存着，连上再发；过时没有回应就算超时。',
  fields: {
    device: reference({ title: '设备', required: true, to: 'field-device' }),
    command: text({ title: '指令', help: '设备类型所列指令的代码，如 set-time', required: true, max: 40 }),
    value: number({ title: '参数', help: '需要数值的指令填写', min: -1000, max: 100_000 }),
    sure: choice({ title: '确认', help: '危险指令须确认', options: { yes: '我确认现场安全' } }),
    withinMinute: number({ title: '几分钟内有效', min: 1, max: 1440 }),
  },
  roles: ['enterprise'],
  ofPage: true,
  async run(work, input) {
    const {
      device: id,
      command: code,
      value,
      sure,
      withinMinute,
    } = input as {
      device: string
      command: string
      value?: number
      sure?: string
      withinMinute?: number
    }
    const device = (await work.store.read(fieldDevice as unknown as Kind, id)) as unknown as {
      model: string
      state: string
      ownerId: string
    }
    if (device.state !== 'running') throw new Failure(409, 'wrong-state', '设备已停用，不能下发指令')
    const command = things.get(device.model)?.commands.find((each) => each.code === code)
    if (!command) throw invalid([{ code: 'not-an-option', text: '这类设备没有这条指令', at: '/command' }])
    if (command.dangerous && sure !== 'yes')
      throw invalid([{ code: 'missing', text: '这条指令有危险，请确认现场安全', at: '/sure' }])
    const [parameter] = command.parameters ?? []
    const wrong = parameter && checkValue(parameter, value)
    if (wrong) throw invalid([{ code: 'out-of-range', text: `${parameter.title}${wrong}`, at: '/value' }])
    const parameters: Record<string, unknown> = parameter ? { [parameter.code]: value } : {}
    if (code === 'set-time') parameters.at = work.now.toISOString()
    const expiresAt = new Date(work.now.getTime() + (withinMinute ?? 30) * minuteMs)
    const sent = await queueCommand(work.sql, {
      deviceId: id,
      ownerId: device.ownerId,
      name: code,
      parameters,
      by: work.actor.name,
      now: work.now,
      expiresAt,
    })
    return { id: sent, title: command.title, expiresAt: expiresAt.toISOString() }
  },
}
