export { crc16 } from './crc.ts'
export { decodeModbusRtu, decodeModbusTcp, exceptions, type Pdu } from './decode.ts'
export { encodeModbusRtu, encodeModbusTcp, type ReadRequest, withCrc } from './encode.ts'
export { type RegisterValue, valuesOf } from './values.ts'
