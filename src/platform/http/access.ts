import type { FastifyInstance } from 'fastify'
import { confirmAccount, grantPosition, recoverAccount, restoreAccount } from '../access/account-acts.ts'
import { sealHistoryAct } from '../protect/seal-history.ts'
import { setFigure, setYear } from '../rules/figures.ts'
import { accountRoutes } from './accounts.ts'
import { approvalRoutes } from './approvals.ts'
import { areaRoutes } from './areas.ts'
import { clientKeyRoutes, openClientKey } from './client-keys.ts'
import { clientRoutes, openClient } from './clients.ts'
import { deprecationRoutes } from './deprecations.ts'
import { deputyRoutes } from './deputies.ts'
import { exportImportant } from './exports.ts'
import { factorRoutes } from './factors.ts'
import type { House } from './house.ts'
import { keyRoutes, rotateKeyAct } from './keys.ts'
import { openOidcClient } from './oidc.ts'
import { ownDataRoutes } from './own-data.ts'
import { erasePersonAct } from './persons.ts'
import { loosenPolicy, policyRoutes } from './policies.ts'
import { relationRoutes } from './relations.ts'
import { openRelation, roleRoutes, widenRole } from './roles.ts'
import { siteRoutes } from './site.ts'

const dangerousActs = [
  confirmAccount,
  grantPosition,
  restoreAccount,
  recoverAccount,
  loosenPolicy,
  widenRole,
  openRelation,
  exportImportant,
  openOidcClient,
  openClient,
  openClientKey,
  setFigure,
  setYear,
  sealHistoryAct,
]

/** Identity, rights, keys and policies, with the acts that need four eyes. */
export function accessRoutes(app: FastifyInstance, house: House): void {
  factorRoutes(app, house)
  accountRoutes(app, house)
  approvalRoutes(app, house, [...dangerousActs, erasePersonAct(house), rotateKeyAct(house)])
  policyRoutes(app, house)
  keyRoutes(app, house)
  ownDataRoutes(app, house)
  siteRoutes(app, house)
  roleRoutes(app, house)
  areaRoutes(app, house)
  relationRoutes(app, house)
  clientRoutes(app, house)
  clientKeyRoutes(app, house)
  deprecationRoutes(app, house)
  deputyRoutes(app, house)
}
