/**
 * Link types of the GS1 Web Vocabulary that a resolver may offer for things, places and parties, with what they are
 * called here. Others of the vocabulary are links like any other: the list is open.
 */
export const linkTypes: ReadonlyMap<string, string> = new Map([
  ['gs1:defaultLink', '默认链接'],
  ['gs1:defaultLinkMulti', '按语言等选择的默认链接'],
  ['gs1:pip', '商品信息'],
  ['gs1:traceability', '追溯信息'],
  ['gs1:epcis', 'EPCIS 事件库'],
  ['gs1:recallStatus', '召回状态'],
  ['gs1:certificationInfo', '认证信息'],
  ['gs1:masterData', '主数据'],
  ['gs1:safetyInfo', '安全信息'],
  ['gs1:allergenInfo', '致敏物信息'],
  ['gs1:ingredientsInfo', '配料信息'],
  ['gs1:nutritionalInfo', '营养信息'],
  ['gs1:recipeInfo', '食谱'],
  ['gs1:consumerHandlingStorageInfo', '食用与贮存方法'],
  ['gs1:instructions', '使用说明'],
  ['gs1:sustainabilityInfo', '可持续与回收信息'],
  ['gs1:hasRetailers', '销售点'],
  ['gs1:logisticsInfo', '物流信息'],
  ['gs1:verificationService', '真伪验证'],
  ['gs1:registryEntry', '登记信息'],
  ['gs1:locationInfo', '地点信息'],
  ['gs1:support', '客户支持'],
  ['gs1:review', '评价'],
  ['gs1:faqs', '常见问题'],
  ['gs1:relatedImage', '相关图片'],
  ['gs1:relatedVideo', '相关视频'],
])

const vocabulary = 'https://gs1.org/voc/'
const written = /^(?:gs1:|https?:\/\/(?:www\.|ref\.)?gs1\.org\/voc\/)([A-Za-z0-9]+)$/

/**
 * The full name of a link type as a linkset writes it: `gs1:pip` and every address of the GS1 Web Vocabulary become
 * `https://gs1.org/voc/pip`; registered relations (`describedby`) and other addresses stay. Undefined for anything else.
 */
export function linkRelation(linkType: string): string | undefined {
  const name = written.exec(linkType)?.[1]
  if (name !== undefined) return vocabulary + name
  return /^[a-z][a-z-]*$/.test(linkType) || /^https?:\/\/[A-Za-z0-9./_-]+$/.test(linkType) ? linkType : undefined
}

/** True where two ways of writing a link type mean the same. */
export function isSameLinkType(one: string, other: string): boolean {
  const relation = linkRelation(one)
  return relation !== undefined && relation === linkRelation(other)
}
