/** A day with its minute, or a number with its hyphens and strokes; longer ones may break after all. */
const whole = /(\d{4}-\d{2}-\d{2} \d{2}:\d{2}|(?<![\w./-])(?=[\w./-]{0,23}\d)[\w./-]{2,24}(?![\w./-]))/

/** A title whose days, moments and numbers do not break at their hyphens; a line ends with the dot, none begins with it. */
export function Unbroken({ text }: { text: string }) {
  return text
    .replaceAll(' · ', '\u00a0· ')
    .split(whole)
    .map((part, index) =>
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
