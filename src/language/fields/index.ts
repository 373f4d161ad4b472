import type { FieldBase, FieldType } from '../field.ts'
import { type ChoiceField, choiceType } from './choice.ts'
import { type CodeField, codeType } from './code.ts'
import { type DayField, dayType } from './day.ts'
import { type DocumentNumberField, documentNumberType } from './document-number.ts'
import { type FileField, type FileValue, fileType } from './file.ts'
import { type InstantField, instantType } from './instant.ts'
import { type LinesField, linesType } from './lines.ts'
import { type MoneyField, moneyType } from './money.ts'
import { type NumberField, numberType } from './number.ts'
import { type PhotoField, photoType } from './photo.ts'
import { type Place, type PlaceField, placeType } from './place.ts'
import { type Quantity, type QuantityField, quantityType } from './quantity.ts'
import { type ReferenceField, referenceType } from './reference.ts'
import { type Signature, type SignatureField, signatureType } from './signature.ts'
import { type SnapshotField, snapshotType } from './snapshot.ts'
import { type TextField, textType } from './text.ts'
import { type Validity, type ValidityField, validityType } from './validity.ts'

export { choice } from './choice.ts'
export { code } from './code.ts'
export { day } from './day.ts'
export { documentNumber } from './document-number.ts'
export { file } from './file.ts'
export { instant } from './instant.ts'
export { lines } from './lines.ts'
export { money } from './money.ts'
export { number } from './number.ts'
export { photo } from './photo.ts'
export { place } from './place.ts'
export { quantity } from './quantity.ts'
export { reference } from './reference.ts'
export { signature } from './signature.ts'
export { snapshot } from './snapshot.ts'
export { text } from './text.ts'
export { validity } from './validity.ts'

/** Every field that can stand in a line. */
export type PlainField =
  | TextField
  | NumberField
  | QuantityField
  | DayField
  | InstantField
  | ChoiceField
  | CodeField
  | ReferenceField
  | SnapshotField
  | PlaceField
  | PhotoField
  | MoneyField
  | FileField
  | SignatureField
  | ValidityField
  | DocumentNumberField

export type PlainFields = Readonly<Record<string, PlainField>>

export type Field = PlainField | LinesField<PlainFields>

export type Fields = Readonly<Record<string, Field>>

const types = {
  text: textType,
  number: numberType,
  quantity: quantityType,
  day: dayType,
  instant: instantType,
  choice: choiceType,
  code: codeType,
  reference: referenceType,
  snapshot: snapshotType,
  place: placeType,
  photo: photoType,
  lines: linesType,
  money: moneyType,
  file: fileType,
  signature: signatureType,
  validity: validityType,
  documentNumber: documentNumberType,
}

/** The behaviour of a field's type. */
export function typeOf(field: Field): FieldType<FieldBase, unknown> {
  return types[field.type] as unknown as FieldType<FieldBase, unknown>
}

/** The API form of one field's value. */
export type ValueOf<F extends Field> =
  F extends ChoiceField<infer Option>
    ? Option
    : F extends LinesField<infer Inner>
      ? RowOf<Inner>[]
      : F extends NumberField | MoneyField
        ? number
        : F extends QuantityField
          ? Quantity
          : F extends PlaceField
            ? Place
            : F extends PhotoField
              ? string[]
              : F extends SnapshotField
                ? Record<string, unknown>
                : F extends FileField
                  ? FileValue[]
                  : F extends SignatureField
                    ? Signature
                    : F extends ValidityField
                      ? Validity
                      : string

type RequiredNames<F extends Fields> = {
  [Name in keyof F]: F[Name] extends { required?: infer Required } ? (true extends Required ? Name : never) : never
}[keyof F]

/** The API form of a row of fields: required ones present, the others possibly null. */
export type RowOf<F extends Fields> = { -readonly [Name in RequiredNames<F>]: ValueOf<F[Name]> } & {
  -readonly [Name in Exclude<keyof F, RequiredNames<F>>]?: ValueOf<F[Name]> | null
}
