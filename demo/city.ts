import { gln, licence, uscc } from './ids.ts'

/** 示例: authorities and subjects of a small city. Nobody here exists. */

export const authorities = [
  {
    key: 'city',
    title: '示例市市场监督管理局',
    region: '450200',
    role: 'city',
    login: 'shiju',
    name: '食品生产科值班',
  },
  {
    key: 'liunan',
    title: '示例柳南区市场监督管理局',
    region: '450204',
    role: 'county',
    login: 'liunan',
    name: '柳南区值班',
  },
  {
    key: 'yufeng',
    title: '示例鱼峰区市场监督管理局',
    region: '450203',
    role: 'county',
    login: 'yufeng',
    name: '鱼峰区值班',
  },
  {
    key: 'chengzhong',
    title: '示例城中区市场监督管理局',
    region: '450202',
    role: 'county',
    login: 'chengzhong',
    name: '城中区值班',
  },
] as const

export const administrators = [
  { role: 'system', login: 'xitong', name: '示例系统管理员' },
  { role: 'security', login: 'anquan', name: '示例安全管理员' },
  { role: 'audit', login: 'shenji', name: '示例审计管理员' },
] as const

type Subject = {
  key: string
  name: string
  activity: 'production' | 'circulation' | 'catering' | 'storage' | 'supply'
  region: string
  address: string
  place: { lng: number; lat: number }
  contact: string
  /** What it makes or sells, its class in GB/T 4754, and what its licence begins with where it needs one. */
  deals: [categories: string, industry: string, licence?: ['SC' | 'JY', string]]
  /** Who signs in for it, where the demonstration needs somebody. */
  login?: string
}

const subjects: readonly Subject[] = [
  {
    key: 'noodle',
    name: '示例螺蛳粉厂甲',
    activity: 'production',
    region: '450204',
    address: '柳南区示例工业园 1 号',
    place: { lng: 109.3853, lat: 24.3362 },
    contact: '示例甲',
    deals: ['螺蛳粉、方便米粉', 'C1439', ['SC', '107']],
    login: 'changjia',
  },
  {
    key: 'sauce',
    name: '示例调味食品厂乙',
    activity: 'production',
    region: '450203',
    address: '鱼峰区示例路 22 号',
    place: { lng: 109.4526, lat: 24.3188 },
    contact: '示例乙',
    deals: ['调味料、辣椒油', 'C1469', ['SC', '103']],
    login: 'changyi',
  },
  {
    key: 'rice',
    name: '示例米业丙',
    activity: 'supply',
    region: '450222',
    address: '柳城县示例镇 3 号',
    place: { lng: 109.2386, lat: 24.6511 },
    contact: '示例丙',
    deals: ['大米、干米粉', 'C1312', ['SC', '101']],
  },
  {
    key: 'snail',
    name: '示例螺蛳养殖合作社丁',
    activity: 'supply',
    region: '450206',
    address: '柳江区示例村 4 组',
    place: { lng: 109.3262, lat: 24.2547 },
    contact: '示例丁',
    deals: ['田螺', 'A0419'],
  },
  {
    key: 'bamboo',
    name: '示例酸笋合作社戊',
    activity: 'supply',
    region: '450224',
    address: '融安县示例乡 5 号',
    place: { lng: 109.3975, lat: 25.2246 },
    contact: '示例戊',
    deals: ['酸笋', 'A0141'],
  },
  {
    key: 'bag',
    name: '示例包装材料厂己',
    activity: 'supply',
    region: '450205',
    address: '柳北区示例街 6 号',
    place: { lng: 109.4019, lat: 24.3627 },
    contact: '示例己',
    deals: ['食品包装袋', 'C2926'],
  },
  {
    key: 'store',
    name: '示例仓储庚',
    activity: 'storage',
    region: '450205',
    address: '柳北区示例物流园 7 号仓',
    place: { lng: 109.4121, lat: 24.3901 },
    contact: '示例庚',
    deals: ['食品贮存', 'G5951'],
  },
  {
    key: 'carrier',
    name: '示例物流辛',
    activity: 'storage',
    region: '450203',
    address: '鱼峰区示例路 8 号',
    place: { lng: 109.4655, lat: 24.3052 },
    contact: '示例辛',
    deals: ['冷藏运输', 'G5432'],
  },
  {
    key: 'market',
    name: '示例超市壬',
    activity: 'circulation',
    region: '450202',
    address: '城中区示例大道 9 号',
    place: { lng: 109.4107, lat: 24.3155 },
    contact: '示例壬',
    deals: ['预包装食品、生鲜', 'F5212', ['JY', '1']],
  },
  {
    key: 'corner',
    name: '示例便利店癸',
    activity: 'circulation',
    region: '450204',
    address: '柳南区示例路 10 号',
    place: { lng: 109.3915, lat: 24.3099 },
    contact: '示例癸',
    deals: ['预包装食品', 'F5213', ['JY', '1']],
  },
  {
    key: 'canteen',
    name: '示例小学食堂',
    activity: 'catering',
    region: '450202',
    address: '城中区示例街 11 号',
    place: { lng: 109.4211, lat: 24.3219 },
    contact: '示例园长',
    deals: ['学校食堂', 'H6291', ['JY', '3']],
    login: 'shitang',
  },
]

export type SubjectKey = string

function filedOf({ deals: [categories, industry, licensed], region }: Subject, index: number) {
  const licenceNumber = licensed && licence(...licensed, region, index + 1)
  return { categories, industry, ...(licenceNumber && { licenceNumber, licenceUntil: '2029-06-30' }) }
}

/** Every subject as its record, with the numbers that identify it. */
export const filings = subjects.map((subject, index) => ({
  key: subject.key,
  login: subject.login,
  record: {
    name: subject.name,
    uscc: uscc(subject.region, index + 1),
    activity: subject.activity,
    region: subject.region,
    ...filedOf(subject, index),
    address: subject.address,
    place: subject.place,
    gln: gln(index + 1),
    contact: subject.contact,
    phone: `0772-28600${String(index + 10)}`,
  },
}))
