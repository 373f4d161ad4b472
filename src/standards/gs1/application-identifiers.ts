import type { LinterName } from './linters.ts'

/** One component of an application identifier's data: character set, length, what else it has to be. */
export type Component = {
  /** N digits, X CSET 82, Y CSET 39, Z URI-safe base64 (GS1 General Specifications, section 7.11). */
  set: 'N' | 'X' | 'Y' | 'Z'
  min: number
  max: number
  optional: boolean
  linters: readonly LinterName[]
}

/** A GS1 application identifier (GS1 General Specifications, chapter 3; GS1 Barcode Syntax Dictionary of 2026-01). */
export type ApplicationIdentifier = {
  ai: string
  title: string
  components: readonly Component[]
  /** Its length follows from its first two digits: no FNC1 needs to follow it. */
  predefined: boolean
  /** What it does in a Digital Link; qualifiers and data that no link carries have none of these. */
  link?: 'key' | 'attribute'
  /** Of a key: the sequences of qualifiers that may follow it, each in its order. */
  qualifiers: readonly (readonly string[])[]
  /** Each has to hold: one of the alternatives, all of whose identifiers (`n` is any digit) are there too. */
  with: readonly (readonly (readonly string[])[])[]
  /** Identifiers and patterns that may not be there too. */
  without: readonly string[]
}

/**
 * A line an identifier or range: components (`=` length predefined, `[ ]` optional, linters after the colon), role in
 * a Digital Link, what it must stand with (`,` or, `+` and) and without, title.
 */
const rows = `
00 =N18:csum.gcppos2 key 系列货运包装箱代码（SSCC）
01 =N14:csum.gcppos2 key=22,10,21/235 without=255,37 全球贸易项目代码（GTIN）
02 =N14:csum.gcppos2 attribute with=37 without=01,03 物流单元内贸易项目代码
03 =N14:csum.gcppos2 without=01,02,37 按单生产贸易项目代码
10 X..20 attribute with=01,02,03,8006,8026 批号
11 =N6:yymmd0 attribute with=01,02,03,8006,8026 生产日期
12 =N6:yymmd0 attribute with=8020 付款截止日期
13 =N6:yymmd0 attribute with=01,02,03,8006,8026 包装日期
15 =N6:yymmd0 attribute with=01,02,03,8006,8026 最佳食用日期
16 =N6:yymmd0 attribute with=01,02,03,8006,8026 销售截止日期
17 =N6:yymmd0 attribute with=01,02,03,255,8006,8026 有效期
20 =N2 attribute with=01,02,8006,8026 产品变体
21 X..20 with=01,03,8006 without=235 序列号
22 X..20 with=01 消费品变体
235 X..28 with=01 第三方序列号
240 X..30 attribute with=01,02,8006,8026 附加产品标识
241 X..30 attribute with=01,02,8006,8026 客户方代码
242 N..6 attribute with=01,02,8006,8026 定制产品变体号
243 X..20 attribute with=01 包装组件号
250 X..30 attribute with=01,8006 with=21 二级序列号
251 X..30 attribute with=01,8006 源实体参考号
253 N13:csum.gcppos1 [X..17] key 全球单证类型代码（GDTI）
254 X..20 with=414 位置扩展
255 N13:csum.gcppos1 [N..12] key without=01,02,415,8006,8020,8026 全球优惠券代码（GCN）
30 N..8 attribute with=01,02 变量贸易项目数量
3370-3375 =N6 attribute with=01 without=337n 千克每平方米
37 N..8 attribute with=00 with=02,8026 物流单元内件数
3900-3909 N..15 attribute with=255,8020 without=390n,391n,394n,8111 应付金额或优惠券面值
3910-3919 N3:iso4217 N..15 attribute with=8020 without=391n 含货币代码的应付金额
3920-3929 N..15 attribute with=01 with=30,31nn,32nn,35nn,36nn without=392n,393n 变量贸易项目应付金额
3930-3939 N3:iso4217 N..15 attribute with=30,31nn,32nn,35nn,36nn without=393n 含货币代码的变量贸易项目应付金额
3940-3943 N4 attribute with=255 without=394n,8111 优惠券折扣率
3950-3955 N6 attribute with=30,31nn,32nn,35nn,36nn without=392n,393n,395n,8005 单位价格
400 X..30 attribute 客户订购单代码
401 X..30:gcppos1 key 全球托运代码（GINC）
402 N17:csum.gcppos1 key 全球装运代码（GSIN）
403 X..30 attribute with=00 路径代码
410 =N13:csum.gcppos1 attribute 交货地位置码
411 =N13:csum.gcppos1 attribute 受票方位置码
412 =N13:csum.gcppos1 attribute 供货方位置码
413 =N13:csum.gcppos1 attribute 最终收货地位置码
414 =N13:csum.gcppos1 key=254/7040 位置码（GLN）
415 =N13:csum.gcppos1 key=8020 with=8020 收款方位置码
416 =N13:csum.gcppos1 attribute 生产或服务地位置码
417 =N13:csum.gcppos1 key=7040 参与方位置码
420 X..20 attribute without=421 交货地邮政编码
421 N3:iso3166 X..9 attribute without=4307 含国家代码的交货地邮政编码
422 N3:iso3166 attribute with=01,02,8006,8026 without=426 原产国
423 N3:iso3166 [N3:iso3166] [N3:iso3166] [N3:iso3166] [N3:iso3166] attribute with=01,02 without=426 初始加工国
424 N3:iso3166 attribute with=01,02 without=426 加工国
425 N3:iso3166 [N3:iso3166] [N3:iso3166] [N3:iso3166] [N3:iso3166] attribute with=01,02 without=426 拆分国
426 N3:iso3166 attribute with=01,02 全程加工国
427 X..3 attribute with=01,02 with=422 原产地行政区划
4300 X..35:pcenc attribute with=00 收货公司
4301 X..35:pcenc attribute with=00 收货联系人
4302 X..70:pcenc attribute with=00 收货地址一
4303 X..70:pcenc attribute with=4302 收货地址二
4304 X..70:pcenc attribute with=00 收货地区
4305 X..70:pcenc attribute with=00 收货城市
4306 X..70:pcenc attribute with=00 收货省州
4307 X2:iso3166alpha2 attribute with=00 收货国家
4308 X..30 attribute with=00 收货电话
4309 N10:latitude N10:longitude attribute with=00 收货地经纬度
4310 X..35:pcenc attribute with=00 退货公司
4311 X..35:pcenc attribute with=00 退货联系人
4312 X..70:pcenc attribute with=00 退货地址一
4313 X..70:pcenc attribute with=4312 退货地址二
4314 X..70:pcenc attribute with=00 退货地区
4315 X..70:pcenc attribute with=00 退货城市
4316 X..70:pcenc attribute with=00 退货省州
4317 X2:iso3166alpha2 attribute with=00 退货国家
4318 X..20 attribute with=00 退货邮政编码
4319 X..30 attribute with=00 退货电话
4320 X..35:pcenc attribute with=00 服务说明
4321 N1:yesno attribute with=00 危险品标志
4322 N1:yesno attribute with=00 允许无人签收
4323 N1:yesno attribute with=00 要求签收
4324 N6:yymmd0 N4:hhmi attribute with=00 最早送达时间
4325 N6:yymmd0 N4:hhmi attribute with=00 最晚送达时间
4326 N6:yymmdd attribute with=00 放行日期
4330 N6 [X1:hyphen] attribute with=00 without=4331 最高温度（华氏）
4331 N6 [X1:hyphen] attribute with=00 without=4330 最高温度（摄氏）
4332 N6 [X1:hyphen] attribute with=00 without=4333 最低温度（华氏）
4333 N6 [X1:hyphen] attribute with=00 without=4332 最低温度（摄氏）
7001 N13 attribute with=01,02,8006,8026 北约物资代码
7002 X..30 attribute with=01,02 胴体肉与分割产品分类
7003 N6:yymmdd N4:hhmi attribute with=01,02 有效期至时分
7004 N..4 attribute with=01+10 有效成分含量
7005 X..12 attribute with=01,02 捕捞区域
7006 N6:yymmdd attribute with=01,02 首次冷冻日期
7007 N6:yymmdd [N6:yymmdd] attribute with=01,02 收获日期
7008 X..3 attribute with=01,02 水产物种
7009 X..10 attribute with=01,02 渔具类型
7010 X..2 attribute with=01,02 生产方式
7011 N6:yymmdd [N4:hhmi] attribute with=01,02 检验截止日期
7020 X..20 attribute with=01,8006 with=416 翻新批号
7021 X..20 attribute with=01,8006 功能状态
7022 X..20 attribute with=7021 修订状态
7023 X..30:gcppos1 attribute 组件的单个资产代码
7030-7039 N3:iso3166999 X..27 attribute with=01,02 加工商核准号
7040 N1 X1 X1 X1:importeridx 唯一标识扩展
7041 X..4:packagetype with=00 货物单元类型
710 X..20 attribute with=01 国家医保编号（德国）
711 X..20 attribute with=01 国家医保编号（法国）
712 X..20 attribute with=01 国家医保编号（西班牙）
713 X..20 attribute with=01 国家医保编号（巴西）
714 X..20 attribute with=01 国家医保编号（葡萄牙）
715 X..20 attribute with=01 国家医保编号（美国）
716 X..20 attribute with=01 国家医保编号（意大利）
717 X..20 attribute with=01 国家医保编号（哥斯达黎加）
7230-7239 X2 X..28 attribute with=01,8004 认证参考号
7240 X..20 attribute with=01,8006 方案编号
7241 N2:mediatype attribute with=8017,8018 载体介质类型
7242 X..25 attribute with=8017,8018 版本控制号
7250 N8:yyyymmdd attribute with=8018 without=7251 出生日期
7251 N8:yyyymmdd N4:hhmi attribute with=8018 without=7250 出生时间
7252 N1:iso5218 attribute with=8018 生理性别
7253 X..40:pcenc attribute with=8017,8018 without=7256,7259 姓
7254 X..40:pcenc attribute with=8017,8018 without=7256,7259 名
7255 X..10 attribute with=8017,8018 without=7256,7259 姓名后缀
7256 X..90:pcenc attribute with=8017,8018 姓名
7257 X..70:pcenc attribute with=8018 个人地址
7258 X3:posinseqslash attribute with=8018+7259 出生次序
7259 X..40:pcenc attribute with=8018 without=7256 新生儿名
8001 N4:nonzero N5:nonzero N3:nonzero N1:winding N1 attribute with=01 卷状产品尺寸
8002 X..20 attribute 蜂窝移动电话标识符
8003 N1:zero N13:csum.gcppos1 [X..16] key 全球可回收资产代码（GRAI）
8004 X..30:gcppos1 key=7040 全球单个资产代码（GIAI）
8005 N6 attribute with=01,02 单价
8006 N14:csum.gcppos2 N4:pieceoftotal key=22,10,21 without=01,37 贸易项目组件代码（ITIP）
8007 X..34:iban attribute with=415 国际银行账号
8008 N6:yymmdd N2:hh [N2:mi] [N2:ss] attribute with=01,02 生产日期与时间
8009 X..50 attribute with=00,01 光学可读传感指示
8010 Y..30:gcppos1 key=8011 组件或部件代码（CPID）
8011 N..12:nozeroprefix with=8010 组件或部件序列号
8012 X..20 attribute with=01,8006 软件版本
8013 X..25:csumalpha.gcppos1 key 全球型号代码（GMN）
8014 X..25:csumalpha.gcppos1.hasnondigit with=01 高度个体化器械注册标识
8017 N18:csum.gcppos1 key=8019 without=8018 服务提供方代码（GSRN）
8018 N18:csum.gcppos1 key=8019 without=8017 服务接受方代码（GSRN）
8019 N..10 with=8017,8018 服务关系事项代码
8020 X..25 with=415 付款单参考号
8026 N14:csum.gcppos2 N4:pieceoftotal attribute with=37 without=02,8006 物流单元内贸易项目组件
8030 Z..90 attribute with=00,01+21,253,255,8003,8004,8006+21,8010+8011,8017,8018 数字签名
8040 N15 with=01+21 设备识别码
8041 N15 with=01+21+8040 第二设备识别码
8042 N32 with=01+21+8040 嵌入式卡识别码
8043 N18 [N..2] with=01+21+8040 物理卡识别码
8110 X..70:couponcode attribute 优惠券代码（北美）
8111 N4 attribute with=255 优惠券积分
8112 X..70:couponposoffer attribute 正向优惠券代码（北美）
8200 X..70 with=01 扩展包装网址
90 X..30 attribute 双方约定信息
91-99 X..90 attribute 公司内部信息
`

/** Measures of trade items: 3nnd, d the number of decimals, 6 digits; with a GTIN or content. */
const tradeMeasures = `
310 净重（千克）; 311 长度（米）; 312 宽度（米）; 313 高度（米）; 314 面积（平方米）; 315 净体积（升）; 316 净体积（立方米）; 320 净重（磅）;
321 长度（英寸）; 322 长度（英尺）; 323 长度（码）; 324 宽度（英寸）; 325 宽度（英尺）; 326 宽度（码）; 327 高度（英寸）; 328 高度（英尺）;
329 高度（码）; 350 面积（平方英寸）; 351 面积（平方英尺）; 352 面积（平方码）; 356 净重（金衡盎司）; 357 净体积（盎司）; 360 净体积（夸脱）;
361 净体积（加仑）; 364 净体积（立方英寸）; 365 净体积（立方英尺）; 366 净体积（立方码）
`

/** Measures of logistic units and items: as above, with an SSCC or a GTIN. */
const logisticMeasures = `
330 毛重（千克）; 331 物流长度（米）; 332 物流宽度（米）; 333 物流高度（米）; 334 物流面积（平方米）; 335 物流体积（升）; 336 物流体积（立方米）;
340 毛重（磅）; 341 物流长度（英寸）; 342 物流长度（英尺）; 343 物流长度（码）; 344 物流宽度（英寸）; 345 物流宽度（英尺）; 346 物流宽度（码）;
347 物流高度（英寸）; 348 物流高度（英尺）; 349 物流高度（码）; 353 物流面积（平方英寸）; 354 物流面积（平方英尺）; 355 物流面积（平方码）;
362 物流体积（夸脱）; 363 物流体积（加仑）; 367 物流体积（立方英寸）; 368 物流体积（立方英尺）; 369 物流体积（立方码）
`

function readRow(row: string): ApplicationIdentifier[] {
  const [range = '', ...tokens] = row.split(' ')
  const [from = '', to = from] = range.split('-')
  const after = (name: string) =>
    tokens.filter((token) => token.startsWith(name)).map((token) => token.slice(name.length))
  const components = tokens.filter((token) => /^=?\[?[NXYZ](?:\d|\.\.)/.test(token))
  const role = tokens.find((token) => token === 'attribute' || /^key(?:=|$)/.test(token))
  const title = tokens.at(-1) ?? ''
  const list: ApplicationIdentifier[] = []
  for (let number = Number(from); number <= Number(to); number++) {
    list.push({
      ai: String(number).padStart(from.length, '0'),
      title,
      components: components.map(readComponent),
      predefined: components[0]?.startsWith('=') ?? false,
      ...(role && { link: role === 'attribute' ? 'attribute' : 'key' }),
      qualifiers: after('key=').flatMap((sequences) => sequences.split('/').map((sequence) => sequence.split(','))),
      with: after('with=').map((group) => group.split(',').map((alternative) => alternative.split('+'))),
      without: after('without=').flatMap((patterns) => patterns.split(',')),
    })
  }
  return list
}

function readComponent(token: string): Component {
  const [form = '', linters = ''] = token.replace(/[=[\]]/g, '').split(':')
  const length = form.slice(1)
  const max = Number(length.replace('..', ''))
  return {
    set: form.charAt(0) as Component['set'],
    min: length.startsWith('..') ? 1 : max,
    max,
    optional: token.startsWith('['),
    linters: linters === '' ? [] : (linters.split('.') as LinterName[]),
  }
}

function measures(text: string, needs: string): string[] {
  return text
    .trim()
    .split(/;\s*/)
    .map((entry) => entry.split(' '))
    .map(([code, title]) => `${code}0-${code}5 =N6 attribute with=${needs} without=${code}n ${title}`)
}

const all = [
  ...rows.trim().split('\n'),
  ...measures(tradeMeasures, '01,02'),
  ...measures(logisticMeasures, '00,01'),
].flatMap(readRow)

/** All application identifiers. */
export const applicationIdentifiers: ReadonlyMap<string, ApplicationIdentifier> = new Map(
  all.map((row) => [row.ai, row]),
)

/** How many digits an identifier has, by its first two. */
export const lengthByPrefix: ReadonlyMap<string, number> = new Map(all.map(({ ai }) => [ai.slice(0, 2), ai.length]))
