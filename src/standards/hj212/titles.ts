/** Words of HJ 212-2017 for people who look at a packet. */
export const headTitles: Readonly<Record<string, string>> = {
  QN: '请求编码',
  ST: '系统编码',
  CN: '命令编码',
  PW: '访问密码',
  MN: '设备唯一标识',
  Flag: '拆分包及应答标志',
  PNUM: '总包数',
  PNO: '包号',
}

/** HJ 212-2017, table 5. */
export const systemTitles: Readonly<Record<string, string>> = {
  '21': '地表水质量监测',
  '22': '空气质量监测',
  '23': '声环境质量监测',
  '24': '地下水质量监测',
  '25': '土壤质量监测',
  '26': '海水质量监测',
  '27': '挥发性有机物监测',
  '31': '大气环境污染源',
  '32': '地表水体环境污染源',
  '33': '地下水体环境污染源',
  '34': '海洋环境污染源',
  '35': '土壤环境污染源',
  '36': '声环境污染源',
  '37': '振动环境污染源',
  '38': '放射性环境污染源',
  '39': '工地扬尘污染源',
  '41': '电磁环境污染源',
  '51': '烟气排放过程监控',
  '52': '污水排放过程监控',
  '91': '系统交互',
}

/** HJ 212-2017, table 9. */
export const commandTitles: Readonly<Record<string, string>> = {
  '1000': '设置超时时间及重发次数',
  '1011': '现场机时间',
  '1012': '设置现场机时间',
  '1013': '现场机时间校准请求',
  '1061': '实时数据间隔',
  '1062': '设置实时数据间隔',
  '1063': '分钟数据间隔',
  '1064': '设置分钟数据间隔',
  '1072': '设置现场机密码',
  '2011': '实时数据',
  '2012': '停止察看实时数据',
  '2021': '设备运行状态数据',
  '2022': '停止察看设备运行状态',
  '2031': '日数据',
  '2041': '设备运行时间日历史数据',
  '2051': '分钟数据',
  '2061': '小时数据',
  '2081': '数采仪开机时间',
  '3011': '零点校准量程校准',
  '3012': '即时采样',
  '3013': '启动清洗/反吹',
  '3014': '比对采样',
  '3015': '超标留样',
  '3016': '设置采样时间周期',
  '3017': '采样时间周期',
  '3018': '出样时间',
  '3019': '设备唯一标识',
  '3020': '现场机信息',
  '3021': '设置现场机参数',
  '9011': '请求应答',
  '9012': '执行结果',
  '9013': '通知应答',
  '9014': '数据应答',
}

const factorTitles: Readonly<Record<string, string>> = {
  DataTime: '数据时间',
  SystemTime: '系统时间',
  RestartTime: '开机时间',
  QnRtn: '请求回应代码',
  ExeRtn: '执行结果代码',
  PolId: '因子编码',
  InfoId: '现场机信息编码',
  OverTime: '超时时间（秒）',
  ReCount: '重发次数',
  RtdInterval: '实时数据上报间隔（秒）',
  MinInterval: '分钟数据上报间隔（分）',
  a34041: '油烟',
  a34013: '颗粒物（油烟）',
  a24088: '非甲烷总烃',
  a01001: '温度',
  a01002: '湿度',
  w01001: 'pH 值',
  w01018: '化学需氧量',
  w01010: '水温',
  w21003: '氨氮',
}

const attributeTitles: Readonly<Record<string, string>> = {
  Rtd: '实时值',
  Min: '最小值',
  Avg: '平均值',
  Max: '最大值',
  Cou: '累计值',
  ZsRtd: '折算实时值',
  ZsAvg: '折算平均值',
  Flag: '数据标记',
  EFlag: '设备标志',
  RS: '运行状态',
  RT: '运行时间',
  SampleTime: '采样时间',
  Info: '信息',
}

/** What an item of the data area is called. */
export function describeItem(factor: string, attribute: string): string {
  const subject = factorTitles[factor] ? `${factorTitles[factor]} ${factor}` : factor
  return attribute === '' ? subject : `${subject} ${attributeTitles[attribute] ?? attribute}`
}
