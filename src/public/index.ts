export { type PublicHouse, publicRoutes } from './routes.ts'
