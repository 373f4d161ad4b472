export { codeOrderRoutes } from './code-orders.ts'
export { type PublicHouse, publicRoutes } from './routes.ts'
export { verifyRoutes } from './verify-page.ts'
