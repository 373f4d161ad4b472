/** Largest Excel or CSV file that is taken in, in bytes. Pages say so before they send it. */
export const sheetBytesMax = 20 * 1024 * 1024
