import { readCsv } from './csv-read.ts'
import { unreadable } from './refusal.ts'
import type { FileRows } from './rows.ts'
import { readXlsx } from './xlsx-read.ts'

const isPicture = (file: Buffer): boolean =>
  ['89504e47', 'ffd8ff', '25504446', '52494646', '47494638', '1f8b08'].some((mark) =>
    file.toString('hex', 0, 4).startsWith(mark),
  )

/** Opens an uploaded file by what it is, not by what it is called. */
export async function readFile(file: Buffer, title: string): Promise<FileRows> {
  const mark = file.toString('hex', 0, 4)
  if (mark === '504b0304') return readXlsx(file, title)
  if (mark === 'd0cf11e0')
    throw unreadable('wrong-format', '这是旧版 .xls 文件或设了密码的文件，请去掉密码、另存为 .xlsx 后再上传')
  if (file.length === 0 || isPicture(file)) throw unreadable('wrong-format', '这不是表格，请用 .xlsx 或 CSV 文件')
  return readCsv(file)
}
