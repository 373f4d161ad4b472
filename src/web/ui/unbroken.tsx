/** A day with its minute, or a number with its hyphens and strokes; longer ones may break after all. */
const whole = /(\d{4}-\d{2}-\d{2} \d{2}:\d{2}|(?<![\w./-])(?=[\w./-]{0,23}\d)[\w./-]{2,24}(?![\w./-]))/

/** A title whose days, moments and numbers do not break at their hyphens. */
export function Unbroken({ text }: { text: string }) {
  return text.split(whole).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text do not move
      <span key={index} className="nowrap">
        {part}
      </span>
    ) : (
      part
    ),
  )
}
