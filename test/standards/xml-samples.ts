/** XML around events, for the tests of the XML binding. */

export const namespaces =
  'xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
  'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:example="https://ns.example.cn/epcis/"'

export function xmlDocument(...events: string[]): string {
  return (
    `<epcis:EPCISDocument ${namespaces} schemaVersion="2.0" creationDate="2026-07-22T08:00:00+08:00">` +
    `<EPCISBody><EventList>${events.join('')}</EventList></EPCISBody></epcis:EPCISDocument>`
  )
}

/** A document of EPCIS 1.2. */
export function oldDocument(...events: string[]): string {
  return xmlDocument(...events)
    .replace('epcis:xsd:2', 'epcis:xsd:1')
    .replace('schemaVersion="2.0"', 'schemaVersion="1.2"')
}

/** A small object event; `inside` is added at its end, `start` to its start tag. */
export function xmlEvent(inside = '', start = ''): string {
  return (
    `<ObjectEvent${start}><eventTime>2026-07-22T06:45:00.000+08:00</eventTime>` +
    '<eventTimeZoneOffset>+08:00</eventTimeZoneOffset>' +
    '<epcList><epc>urn:epc:id:sgtin:690123.0456789.S1</epc></epcList><action>OBSERVE</action>' +
    `${inside}</ObjectEvent>`
  )
}
