export { type Cutter, type Head, openCutter, type Part } from './parts.ts'
