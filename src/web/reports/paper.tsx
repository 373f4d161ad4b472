import type { ReactNode } from 'react'
import type { Piece } from './report.ts'
import '../record/print.css'
import './reports.css'

function Foot({ lines }: { lines: readonly string[] }) {
  return lines.map((line) => (
    <p className="piecefoot" key={line}>
      {line}
    </p>
  ))
}

function Table({ piece }: { piece: Extract<Piece, { is: 'table' }> }) {
  const align = (at: number) => (piece.numeric[at] ? 'right' : undefined)
  return (
    <section>
      <h4>{piece.title}</h4>
      {piece.rows.length === 0 ? (
        <p>没有数据。</p>
      ) : (
        <table className="rows">
          <thead>
            <tr>
              {piece.heads.map((head, at) => (
                <th key={head} className={align(at)}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {piece.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a finished report have no name but their place
              <tr key={index}>
                {row.map((text, at) => (
                  <td key={piece.heads[at]} className={align(at)}>
                    {text}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Foot lines={piece.foot} />
    </section>
  )
}

function Shown({ piece }: { piece: Piece }) {
  switch (piece.is) {
    case 'heading':
      return <h3>{piece.text}</h3>
    case 'text':
      return <p className="sheettext">{piece.text}</p>
    case 'table':
      return <Table piece={piece} />
    case 'chart':
      return (
        <section className="piecechart">
          <h4>{piece.title}</h4>
          {piece.marks.length === 0 ? (
            <p>没有数据。</p>
          ) : (
            <img
              alt={`${piece.title}：${piece.marks.map(({ title, text }) => `${title} ${text}`).join('；')}`}
              src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(piece.svg)}`}
            />
          )}
          <Foot lines={piece.foot} />
        </section>
      )
  }
}

/** A report on paper, on the screen and from the printer alike. */
export function Paper({ title, pieces, children }: { title: string; pieces: readonly Piece[]; children: ReactNode }) {
  return (
    <article className="sheet sheetreport">
      <header>
        <h2>{title}</h2>
      </header>
      {pieces.map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no name but their place
        <Shown key={index} piece={piece} />
      ))}
      <footer>{children}</footer>
    </article>
  )
}
