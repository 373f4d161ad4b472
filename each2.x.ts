import { readFileSync } from 'node:fs'
import postgres from 'postgres'
const { packedLot } = await import('/tmp/wt/h2/bench/city-of-chains.ts')
const { trace } = await import('/tmp/wt/h2/src/trace/index.ts')
const { url } = JSON.parse(readFileSync('/tmp/h2/x/trace.json','utf8'))
const said:[string,unknown[]][]=[]; let on=true
const sql = postgres(url,{max:1,onnotice(){}, debug(_c,q,p){ if(on) said.push([q,p as unknown[]])}, connection:{TimeZone:'UTC'}})
await trace(sql,{city:'450200'},{id:packedLot(20),direction:'both',now:new Date()})
on=false
const which=process.argv[2]!
const [q,p]=said.find(([q])=>q.includes(which))!
await sql.unsafe('prepare q as '+q)
await sql.unsafe('set plan_cache_mode='+process.argv[3])
const lit=p.map(x=>typeof x==='number'?x:`'${x}'`).join(',')
for(let i=0;i<4;i++){ const r=await sql.unsafe(`explain (analyze, timing on) execute q(${lit})`); if(i===3) console.log(r.map(x=>x['QUERY PLAN'].slice(0,150)).join('\n')) }
await sql.end()
