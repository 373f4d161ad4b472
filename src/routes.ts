import type { FastifyInstance } from 'fastify'
import { accessRoutes } from './platform/http/access.ts'
import { guardAnswers } from './platform/http/answers.ts'
import { auditRoutes, noteRefusals } from './platform/http/audit.ts'
import { caseworkRoutes } from './platform/http/casework.ts'
import { catalogueRoutes } from './platform/http/catalogue.ts'
import { consortiumRoutes } from './platform/http/consortium.ts'
import { deviceRoutes } from './platform/http/devices.ts'
import { documentRoutes } from './platform/http/documents.ts'
import { epcisRoutes } from './platform/http/epcis.ts'
import { exportRoutes } from './platform/http/export.ts'
import { exportConsentRoutes } from './platform/http/exports.ts'
import { fileRoutes } from './platform/http/files.ts'
import { flowRoutes } from './platform/http/flows.ts'
import { homeRoutes } from './platform/http/home.ts'
import type { House } from './platform/http/house.ts'
import { importRoutes } from './platform/http/import.ts'
import { indicatorRoutes } from './platform/http/indicators.ts'
import { jobRoutes } from './platform/http/jobs.ts'
import { ledgerRoutes, logRoutes } from './platform/http/ledger.ts'
import { ledgerSearchRoutes } from './platform/http/ledger-search.ts'
import { messageRoutes } from './platform/http/messages.ts'
import { noticeRoutes } from './platform/http/notices.ts'
import { oidcRoutes } from './platform/http/oidc.ts'
import { outsideLoginRoutes } from './platform/http/oidc-login.ts'
import { operateRoutes } from './platform/http/operate.ts'
import { operationRoutes } from './platform/http/operations.ts'
import { pageRoutes } from './platform/http/pages.ts'
import { personRoutes } from './platform/http/persons.ts'
import { quarantineRoutes } from './platform/http/quarantine.ts'
import { readerRoutes } from './platform/http/readers.ts'
import { recordRoutes } from './platform/http/records.ts'
import { reportRoutes } from './platform/http/reports.ts'
import { reviewRoutes } from './platform/http/review.ts'
import { ruleRoutes } from './platform/http/rules.ts'
import { sessionRoutes } from './platform/http/session.ts'
import { signatureHooks, signatureRoutes } from './platform/http/signatures.ts'
import { taskRoutes } from './platform/http/tasks.ts'
import { traceRoutes } from './platform/http/trace.ts'
import { traceDeskRoutes } from './platform/http/trace-desk.ts'
import { videoRoutes } from './platform/http/video.ts'
import { viewRoutes } from './platform/http/views.ts'
import { ingestRoutes } from './platform/ingest/http.ts'
import type { Station } from './platform/ingest/index.ts'
import type { Video } from './platform/video/index.ts'
import { codeOrderRoutes, publicRoutes, verifyRoutes } from './public/index.ts'

export const roles = ['web', 'public', 'ingest', 'jobs', 'all'] as const
export type ProcessRole = (typeof roles)[number]

/** Opens the doors that a process of a role answers at: everything that stands behind them is in the house. */
export function addRoutes(
  app: FastifyInstance,
  house: House,
  role: ProcessRole,
  station?: Station,
  video?: Video,
): void {
  operateRoutes(app, house, { metrics: role !== 'public' })
  if (station) ingestRoutes(app, house, station)
  if (role === 'web' || role === 'ingest' || role === 'all') videoRoutes(app, house, station, video)
  if (role === 'web' || role === 'ingest' || role === 'all') epcisRoutes(app, house)
  if (role === 'web' || role === 'all') {
    sessionRoutes(app, house)
    accessRoutes(app, house)
    oidcRoutes(app, house)
    outsideLoginRoutes(app, house)
    signatureHooks(app, house)
    guardAnswers(app, house)
    noteRefusals(app, house)
    auditRoutes(app, house)
    jobRoutes(app, house)
    ruleRoutes(app, house)
    exportConsentRoutes(app, house)
    catalogueRoutes(app, house)
    recordRoutes(app, house)
    personRoutes(app, house)
    signatureRoutes(app, house)
    readerRoutes(app, house)
    exportRoutes(app, house)
    importRoutes(app, house)
    operationRoutes(app, house)
    documentRoutes(app, house)
    fileRoutes(app, house)
    noticeRoutes(app, house)
    taskRoutes(app, house)
    caseworkRoutes(app, house)
    flowRoutes(app, house)
    messageRoutes(app, house)
    viewRoutes(app, house)
    homeRoutes(app, house)
    reviewRoutes(app, house)
    indicatorRoutes(app, house)
    reportRoutes(app, house)
    quarantineRoutes(app, house)
    traceRoutes(app, house)
    traceDeskRoutes(app, house)
    deviceRoutes(app, house)
    codeOrderRoutes(app, house)
    ledgerRoutes(app, house)
    consortiumRoutes(app, house)
    ledgerSearchRoutes(app, house)
    pageRoutes(app, house)
  }
  if (role !== 'jobs') {
    logRoutes(app, house)
    verifyRoutes(app, house)
  }
  if (role === 'public' || role === 'all') publicRoutes(app, house, { home: role === 'public' })
}
