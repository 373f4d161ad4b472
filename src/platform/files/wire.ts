/** Largest file: a phone's photo or a scanned report. Pages say so before they send it. */
export const fileBytesMax = 12 * 1024 * 1024
