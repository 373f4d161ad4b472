import {
  XmlBufferInputProvider,
  XmlDocument,
  XmlValidateError,
  XsdValidator,
  xmlRegisterInputProvider,
} from 'libxml2-wasm'
import { corpusFiles } from './corpus.ts'

const schema = `<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<xsd:import namespace="urn:epcglobal:epcis:xsd:2" schemaLocation="EPCglobal-epcis-2_0.xsd"/>
<xsd:import namespace="urn:epcglobal:epcis-query:xsd:2" schemaLocation="EPCglobal-epcis-query-2_0.xsd"/>
<xsd:import namespace="urn:epcglobal:epcis-masterdata:xsd:2" schemaLocation="EPCglobal-epcis-masterdata-2_0.xsd"/>
</xsd:schema>`

let validator: XsdValidator | undefined

function epcisSchemas(): XsdValidator {
  const files = corpusFiles('epcis/xsd/*.xsd').map(({ name, text }) => [fileOf(name), Buffer.from(text)] as const)
  xmlRegisterInputProvider(new XmlBufferInputProvider(Object.fromEntries(files)))
  return XsdValidator.fromDoc(XmlDocument.fromString(schema, { url: fileOf('all.xsd') }))
}

const fileOf = (name: string) => `memory:///${name.split('/').at(-1)}`

/** What is wrong with an XML document by the schemas that GS1 publishes with EPCIS 2.0; empty where nothing is. */
export function schemaProblems(xml: string): string {
  validator ??= epcisSchemas()
  const document = XmlDocument.fromString(xml)
  try {
    validator.validate(document)
    return ''
  } catch (error) {
    if (!(error instanceof XmlValidateError)) throw error
    return error.details.map(({ line, message }) => `${line}: ${message.trim()}`).join('\n')
  } finally {
    document.dispose()
  }
}
