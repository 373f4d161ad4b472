import type { FastifyRequest } from 'fastify'
import { type AuditEntry, note } from '../audit/note.ts'
import type { Definition } from '../define/definitions.ts'
import { doorOf } from './authenticate.ts'
import type { House } from './house.ts'

/** Puts down what whoever sent the request did, and from where. */
export const noteAct = (request: FastifyRequest, house: House, entry: Omit<AuditEntry, 'actor' | 'address'>) =>
  note(house.sql, { actor: request.actor, address: doorOf(request, house).address, ...entry })

/** What was done to a rule, an indicator or a template. */
export const noteDefinition = (request: FastifyRequest, house: House, kind: string, act: string, of: Definition) =>
  noteAct(request, house, { act, kind, id: of.id, title: of.title, detail: { version: of.version } })
