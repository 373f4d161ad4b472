/** CBV 2.0 business steps as people say them. */
export const bizStepWords: Readonly<Record<string, string>> = {
  accepting: '接受',
  arriving: '到达',
  assembling: '组装',
  collecting: '收集',
  commissioning: '赋码、产生',
  consigning: '托运',
  creating_class_instance: '产生批次',
  cycle_counting: '盘点',
  decommissioning: '停用',
  departing: '离开',
  destroying: '销毁',
  disassembling: '拆解',
  dispensing: '发放',
  encoding: '写码',
  entering_exiting: '进出',
  holding: '扣留',
  inspecting: '检验',
  installing: '安装',
  killing: '屠宰',
  loading: '装车',
  packing: '装箱',
  picking: '拣货',
  receiving: '收货',
  removing: '移出',
  repackaging: '重新包装',
  repairing: '维修',
  replacing: '更换',
  reserving: '预留',
  retail_selling: '零售',
  sampling: '抽样',
  sensor_reporting: '传感器上报',
  shipping: '发货',
  staging_outbound: '待发',
  stock_taking: '清点',
  stocking: '上架',
  storing: '入库',
  transporting: '运输',
  unloading: '卸车',
  unpacking: '拆箱',
  void_shipping: '撤销发货',
  other: '其他',
}

export const dispositionWords: Readonly<Record<string, string>> = {
  active: '已启用',
  available: '可用',
  conformant: '合格',
  container_closed: '已封箱',
  container_open: '已开箱',
  damaged: '破损',
  destroyed: '已销毁',
  dispensed: '已发放',
  disposed: '已处置',
  expired: '已过期',
  in_progress: '进行中',
  in_transit: '在途',
  inactive: '未启用',
  non_conformant: '不合格',
  non_sellable_other: '不可售',
  recalled: '已召回',
  reserved: '已预留',
  retail_sold: '已售出',
  returned: '已退回',
  sellable_accessible: '可售',
  sellable_not_accessible: '可售，未上架',
  stolen: '失窃',
  unavailable: '不可用',
  unknown: '不明',
}

export const eventTypeWords: Readonly<Record<string, string>> = {
  ObjectEvent: '物品事件',
  AggregationEvent: '装箱、拆箱事件',
  TransactionEvent: '单据事件',
  TransformationEvent: '加工事件',
  AssociationEvent: '放置事件',
}

export const actionWords: Readonly<Record<string, string>> = { ADD: '新增', OBSERVE: '观察到', DELETE: '解除' }

/** A term of a vocabulary in any of its written forms -> its last word. */
export function bareTerm(term: unknown): string {
  return String(term)
    .replace(/^.*[:/#-](?=[^:/#]+$)/, '')
    .replace(/^(BizStep|Disp)-/, '')
}
