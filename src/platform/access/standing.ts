/**
 * A program that writes a thousand records a second is not looked up a thousand times: what its token opened is remembered,
 * with the versions of the rows it was read from, and the statement that writes finds those versions again or writes nothing
 * (docs/decisions/0277).
 */

/** Of token `t`, its account `a` and owner `o`: which rows, in which versions. */
export const asReadSql = `concat_ws(' ', t.id, t.xmin, a.xmin, o.xmin)`

/** One row where what `parameter` tells was read is all there unchanged, and no certificate is wanted; otherwise none. */
export const standingSql = (parameter: string): string => `api_token t
  join account a on a.id = t.account_id join owner o on o.id = a.owner_id
where t.id = split_part(${parameter}, ' ', 1)::uuid and ${asReadSql} = ${parameter}
  and not exists (select from client_certificate c where c.client_id = t.client_id)`

/** Nothing was written: what was remembered of the actor, or the record itself, is otherwise. Asked anew, it will be told. */
export class NotStanding extends Error {}
