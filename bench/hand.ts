/** Hands transactions to a node in one request; gives the places of those that it did not take, which is when it is full. */
export async function hand(rpc: number, transactions: readonly Buffer[]): Promise<Set<number>> {
  const asked = transactions.map(
    (tx, id) => `{"jsonrpc":"2.0","id":${id},"method":"broadcast_tx_async","params":{"tx":"${tx.toString('base64')}"}}`,
  )
  const answer = await fetch(`http://127.0.0.1:${rpc}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `[${asked.join(',')}]`,
  })
  const said = (await answer.json()) as { id: number; error?: unknown }[] | { id: number; error?: unknown }
  return new Set([said].flat().flatMap(({ id, error }) => (error ? [id] : [])))
}
