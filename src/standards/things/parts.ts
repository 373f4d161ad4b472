import { command, flag, measured, type Property, result, word } from './thing.ts'

// What several kinds of device have alike, said once.

/** A probe of the device's one temperature, in °C. */
export const temperature = (title: string, range: readonly [number, number], resolution = 0.1): Property =>
  measured('temperature', title, 'CEL', range, resolution)

export const door = flag('door', '门', ['开', '关'])
export const running = flag('running', '状态', ['运行', '停止'])
export const power = flag('power', '电源', ['正常', '断开'])
export const defrost = flag('defrost', '除霜', ['进行中', '停止'])
export const lamp = flag('lamp', '紫外灯', ['亮', '灭'])
export const attended = flag('attended', '有人看管', ['有', '无'])
export const occupied = flag('occupied', '有人', ['有', '无'])
export const hands = flag('hands', '手部卫生', ['合格', '不合格'])
export const flame = flag('flame', '火焰', ['有', '无'])
export const fan = flag('fan', '风机', ['运行', '停止'])
export const person = word('person', '人员')
export const dish = word('dish', '菜品')
export const pan = word('pan', '锅号')
export const lot = word('lot', '批号')
export const picture = word('picture', '抓拍图片')
export const battery = measured('battery', '电量', 'P1', [0, 100], 1, {})
export const acidity = measured('ph', 'pH', 'Q30', [0, 14], 0.01)
export const disinfectant = measured('liquid', '消毒液余量', 'P1', [0, 100], 1)
export const level = measured('level', '液位', 'CMT', [0, 300], 1)
export const current = measured('current', '电流', 'AMP', [0, 100], 0.1)
export const bodyTemperature = result('temperature', '体温', 'CEL', [30, 45], 0.1)
export const portion = result('mass', '本次份量', 'GRM', [0, 2000], 1)
export const minutes = result('minutes', '本次时长', 'MIN', [0, 600], 1)
export const switchOn = command('switch-on', '开机')
export const switchOff = command('switch-off', '关机')
export const startDisinfecting = command('start', '开始消毒')
export const stopDisinfecting = command('stop', '停止消毒')
export const snapshot = command('snapshot', '抓拍')
export const unlock = command('unlock', '开锁', { dangerous: true })
