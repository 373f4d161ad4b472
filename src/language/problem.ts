/** One thing wrong with an input: a stable code, a plain Chinese sentence, and the JSON pointer of the place. */
export type Problem = { code: string; text: string; at: string }
